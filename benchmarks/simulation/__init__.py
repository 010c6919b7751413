"""Simulated patients with known truth, and what the detector is measured against."""
