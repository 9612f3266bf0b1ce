"""Consent: the policy, decisions with their evidence, receipts."""
