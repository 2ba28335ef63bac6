"""Letters that would go out, and a customer with a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMessage

from exchange.accounts.models import Customer
from exchange.core import outbox
from tests.factories import customer as new_customer
from tests.factories.accounts import authenticator


@pytest.fixture
def letters() -> Callable[[], list[EmailMessage]]:
    """Deliver the outbox and return everything that was sent so far."""

    def sent() -> list[EmailMessage]:
        outbox.deliver()
        return list(django_mail.outbox)

    return sent


@pytest.fixture
def alice(db: None) -> Customer:
    return new_customer()


@pytest.fixture
def alice_with_phone(alice: Customer) -> Customer:
    assert alice.user is not None
    authenticator(alice.user)
    return alice
