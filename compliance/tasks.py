"""Index: the tasks of every room, so that workers find them by name."""

from compliance.cases import tasks as cases_tasks  # noqa: F401
from compliance.demo import case_work  # noqa: F401
from compliance.demo import tasks as demo_tasks  # noqa: F401
from compliance.identity import tasks as identity_tasks  # noqa: F401
from compliance.monitoring import tasks as monitoring_tasks  # noqa: F401
from compliance.reporting import tasks as reporting_tasks  # noqa: F401
from compliance.screening import tasks as screening_tasks  # noqa: F401
from compliance.travel_rule import tasks as travel_rule_tasks  # noqa: F401
