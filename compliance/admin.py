"""Index: the staff screens of every room."""

from compliance.cases import admin as cases_admin  # noqa: F401
from compliance.demo import admin as demo_admin  # noqa: F401
from compliance.identity import admin as identity_admin  # noqa: F401
from compliance.monitoring import admin as monitoring_admin  # noqa: F401
from compliance.reporting import admin as reporting_admin  # noqa: F401
from compliance.screening import admin as screening_admin  # noqa: F401
from compliance.travel_rule import admin as travel_rule_admin  # noqa: F401
