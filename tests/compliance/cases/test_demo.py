"""The demo's officer has worked before you came, once, and left the urgent ones."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from compliance.cases.models import Case, CaseQuestion
from compliance.demo import case_work
from exchange.accounts import roles
from exchange.audit.models import Proposal
from tests import factories
from tests.factories import cases as f

pytestmark = pytest.mark.django_db


def test_the_officer_works_the_least_urgent_cases_once():
    roles.sync_roles()
    person = factories.user(email=case_work.OFFICER, is_staff=True)
    person.groups.add(Group.objects.get(name=roles.COMPLIANCE_OFFICER))
    for number in range(2 * case_work.WORKED):
        f.case(severity=1 if number < case_work.WORKED else 5)

    assert case_work.work() == case_work.WORKED
    assert case_work.work() == 0

    closed = Case.objects.filter(state="closed").values_list("disposition", flat=True)
    assert sorted(closed) == ["explained", "explained", "false_positive", "monitor"]
    assert Case.objects.filter(queue="investigation", state="open").count() == 4
    assert CaseQuestion.objects.get().state == "open"
    assert Proposal.objects.get().kind == "cases.report"
    untouched = Case.objects.filter(queue="triage", state="open", owner=None)
    assert untouched.count() == case_work.WORKED
    assert set(untouched.values_list("severity", flat=True)) == {5}


def test_without_a_demo_s_officer_nothing_is_worked():
    f.case()

    assert case_work.work() == 0
