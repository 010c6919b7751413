"""Addresses of the pages that others lead to."""

from __future__ import annotations

from typing import Final

HOME: Final = "/"
SIGN_IN: Final = "/sign-in"
ENROL: Final = "/enrol"
ACCOUNT: Final = "/account"
CODES: Final = "/account/recovery-codes"
ACCOUNTS: Final = "/accounts"
PATIENTS: Final = "/patients"
WORKLIST: Final = "/worklist"
EMERGENCY: Final = "/emergency"
SCHEDULE: Final = "/schedule"
VISITS: Final = "/visits"
LOTS: Final = "/lots"
RECALLS: Final = "/recalls"
PRODUCTS: Final = "/products"
CALLS: Final = "/calls"
PLANS: Final = "/plans"
