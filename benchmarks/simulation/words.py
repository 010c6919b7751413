"""What the page of results says above its tables."""

from __future__ import annotations

from typing import Final

HEAD: Final = """# How good the detector is: results

Written by `python -m benchmarks.detection`; [detection.md](detection.md) says how it is measured
and what the patients are like. Every patient is simulated. Behind +- stands one standard error.
"""

POWER: Final = """## Power at 1 % false alarms a patient

The detector is ranked by the largest `score` of a patient and cut where 1 % of the flat patients
of the same cell lie above; the filter is cut at 1 % divided by the number of sites. A share below
the goal is bold. The oracle knows the shape, but not noise, autocorrelation and size; its share is
of the same filter, on fewer patients. "Filter on flat" is how often the filter itself is wrong.
"""

LOOKALIKES: Final = """## Called `present` or `possible` without end-of-interval weakness

Share of patients with the word in any site, by the shipped thresholds. Limits: `present` 1 % of
the flat and 2 % of the others, `possible` 10 % of the flat; what lies above a limit is bold.
"""

INTERVALS: Final = """## 90 % intervals

Share of intervals that hold the truth; the aim is 87-93 %. "Drop" is the patient's own expected
fall at the planned end, "in these cycles" its average over the cycles that were seen. Onset: only
where one is given; error and bias as shares of the planned interval (median, mean). Bias of the
drop: of the mean; width: median, as a share of the drop.
"""

GROWING: Final = """## As cycles come in

Patients who lose 1.25 thresholds, looked at after every cycle from the second on: after how many
cycles the matched filter has 80 % power (on average, and each patient's own), and after how many
the detector first says `present`.
"""

REPEATED: Final = """## Looking again after every cycle for two years

Nobody's strength falls here. The aim is fewer than 5 % a patient-year.
"""

DETECTABLE: Final = """## What the detectable drop is worth

Flat patients were analysed, then read anew at the same times with the drop that the detector said
it would see, site by site: it should be called `present` in 80 %.
"""

RIVALS: Final = """## Against what others would do

The same patients for every method. Power and false alarms by the method's own rule (for the tests
1 % divided by the number of sites), then power with the cut where 1 % of the flat patients lie
above; coverage of 90 % intervals of the drop where a method gives them.
"""
