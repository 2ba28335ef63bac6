"""What compliance's work takes, by kind of work; roles.py says which desk does it."""

# Whoever may know of reports of suspicion; everybody else's views leave out what tells of one.
SEE_FILINGS = "compliance.see_filings"
# Clearing a hit takes two people of these desks.
SCREENING = ["compliance.decide_hit", "compliance.screen_name", "compliance.import_list"]


# Working cases: triage and investigation; what only the MLRO decides; quality reviews are for both.
CASES_WORK = [
    SEE_FILINGS,
    "compliance.triage_case",
    "compliance.investigate_case",
    "compliance.approve_case",
    "compliance.review_case",
]
CASES_DECIDE = [
    "compliance.decide_case",
    "compliance.reassign_case",
    "compliance.change_filer",
]
TRIAGE_VIEWS = [
    f"compliance.view_{model}"
    for model in (
        "alert",
        "case",
        "caseevidence",
        "identity",
        "application",
        "hit",
        "listentry",
        "listversion",
        "travelmessage",
    )
]
# What takes two people both desks may ask for and approve; nobody approves what they asked for.
COMPLIANCE_WORK = [
    f"compliance.{act}"
    for act in (
        "review_application",
        "approve_high_risk",
        "see_documents",
        "change_jurisdiction",
        "import_list",
        "screen_name",
        "decide_hit",
        "draft_scenario",
        "activate_scenario",
        "label_alert",
        "mark_marketmaker",
        "file_report",
        "approve_report",
        "review_erasure",
        "add_legalhold",
        "change_legalhold",
        "change_directory",
        "work_travelmessage",
        "release_travelmessage",
        "see_travelpayload",
    )
]
