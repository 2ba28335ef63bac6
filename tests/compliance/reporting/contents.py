"""Contents of reports that are right, to build files of and to spoil."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

from compliance.reporting.fincen import ctr, sar

FILED = date(2026, 3, 12)
US = {
    "name": "Holdfast US LLC",
    "street": "1 Harbor Street",
    "city": "Portland",
    "state": "ME",
    "postal_code": "04101",
    "country": "US",
    "phone": "2075550100",
    "contact_office": "Compliance Office",
    "contact_person": "Mary Ellen Officer",
    "contact_phone": "2075550101",
    "ein": "123456789",
    "transmitter_code": "PHFX0001",
}
CA = {
    **US,
    "name": "Holdfast Canada Inc.",
    "city": "Halifax",
    "state": "NS",
    "postal_code": "B3H 1A1",
    "country": "CA",
    "entity_number": 1234567,
    "contact_id": 12,
    "location_id": "ONLINE",
}
JON = {
    "ref": "P1",
    "kind": "person",
    "last_name": "Doe",
    "first_name": "Jon",
    "middle_name": "",
    "aliases": ["Johnny Dough"],
    "birth_date": "1981-04-02",
    "gender": "m",
    "street": "22 Sample Street",
    "city": "Toronto",
    "state": "ON",
    "postal_code": "M5H 2N2",
    "country": "CA",
    "citizenship": "CA",
    "phone": "4165550111",
    "email": "jon.doe@example.org",
    "id_type": "6",
    "id_number": "AB123456",
    "id_country": "CA",
    "ca_id_type": "2",
    "occupation": "Software consultant",
    "account": "U-100234",
    "customer": True,
}
SAR: dict[str, Any] = {
    "filing_type": "initial",
    "filer": US,
    "subjects": [JON],
    "activity": {
        "from": "2026-02-01",
        "to": "2026-02-09",
        "amount_kind": "known",
        "amount": "48600",
        "subtypes": ["114", "812", "9999"],
        "other": "Deposits through a chain of new wallets",
    },
    "ip_addresses": [{"ip": "203.0.113.9", "date": "2026-02-03", "time": "14:03:11"}],
    "virtual_addresses": [
        {"address": "bc1qexampleexampleexampleexample", "date": "2026-02-03", "time": "14:04:00"}
    ],
    "coins": ["BTC", "ETH"],
    "narrative": "Between 2 and 9 February 2026 the subject received nine deposits.",
}
CTR: dict[str, Any] = {
    "filing_type": "initial",
    "filer": US,
    "transaction_date": "2026-03-02",
    "aggregated": True,
    "cash_in": "12500",
    "cash_out": "",
    "persons": [{**JON, "role": "50", "cash_in": "12500"}],
    "details": [{"code": "55", "amount": "12500"}],
}
TRANSACTION: dict[str, Any] = {
    "reference": "DEP-77",
    "at": "2026-03-02T14:03:11-05:00",
    "direction": "in",
    "asset": "ETH",
    "amount": "2.5",
    "value_cad": "9900",
    "txid": "0xabc",
    "from_address": "0x1",
    "to_address": "0x2",
    "conductor": "P1",
    "beneficiary": "P1",
    "ip": "203.0.113.9",
    "session_at": "2026-03-02T14:01:00-05:00",
}
STR: dict[str, Any] = {
    "filing_type": "initial",
    "filer": CA,
    "persons": [JON],
    "suspicion_type": "1",
    "narrative": "Received three amounts just below 10,000 dollars and sent them on at once.",
    "action_taken": "Withdrawals are stopped.",
    "related": [],
    "transactions": [TRANSACTION],
}
LVCTR: dict[str, Any] = {
    "filing_type": "initial",
    "filer": CA,
    "persons": [JON],
    "window": {
        "role": "conductor",
        "starts": "2026-03-02T00:00:00-05:00",
        "ends": "2026-03-03T00:00:00-05:00",
    },
    "transactions": [TRANSACTION, {**TRANSACTION, "reference": "DEP-78", "value_cad": "4000"}],
}
EFTR: dict[str, Any] = {
    "filing_type": "initial",
    "filer": CA,
    "persons": [JON],
    "eft_direction": "2",
    "transactions": [
        {
            **TRANSACTION,
            "asset": "USD",
            "virtual": False,
            "amount": "12000",
            "value_cad": "16440",
            "txid": "",
            "from_address": "",
            "to_address": "",
        }
    ],
}


def sar_file(**changes: Any) -> bytes:
    """A batch of one report, with some contents changed."""
    return sar.file_of([("SAR-2026-000001", {**deepcopy(SAR), **changes})], filing_date=FILED)


def ctr_file(**changes: Any) -> bytes:
    return ctr.file_of([("CTR-2026-000001", {**deepcopy(CTR), **changes})], filing_date=FILED)
