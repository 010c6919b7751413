"""The sample clinic: 40 people who do not exist.

Nothing here was measured on anybody. A small simulation of strength under immunoglobulin, of
schedules and of reporting habits writes a folder in the bulk import format, always ending just
before `today`. docs/sample-clinic.md says how, with the source of every number, and who is who.

physiology   strength between and across courses, without chance
people       the words in which a person is described; cast_* describe all forty
schedule     plans to infusions, with jitter, mishaps, lots and weights
observe      strength to readings: scales, devices, scatter
diary        who reports when
writer       dates, rows, files
"""

from app.exchange.sample.writer import DEFAULT_SEED, sample_rows, write_sample_clinic

__all__ = ["DEFAULT_SEED", "sample_rows", "write_sample_clinic"]
