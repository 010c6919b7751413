"""The kinds of findings: each module turns what was measured into one finding, or none.

They take estimates and return drafts in plain words. None of them names a dose.
"""
