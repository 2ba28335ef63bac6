"""Staff screens: reports and their life, deadlines, searches, what is kept, who files."""

from compliance.reporting.admin import (  # noqa: F401
    begin,
    calendar,
    edit,
    filers,
    files,
    keeping,
    panels,
    reports,
)
