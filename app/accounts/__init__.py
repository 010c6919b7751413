"""Accounts: who uses the program, how they sign in, and what their role may do."""
