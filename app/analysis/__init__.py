"""The pure core: frozen records in, estimates out. No input or output, no clock, no chance.

F1 to F11 beside a number name the fact in docs/clinical-facts.md that it rests on.
"""
