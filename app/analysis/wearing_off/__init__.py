"""The model of end-of-interval weakness: how strong is the evidence, how large, from which day.

`model.look` is the entrance. From the readings of all series of one patient in one epoch it goes
through `shapes` (how a fall may look), `whitening` (noise that is alike from day to day, in linear
time), `equations` (what the readings say about each fall), `factors` (how much better a fall
explains them), `hierarchy` (how much they scatter, and all sites together) to `estimates`.
`reference` is the slow and obvious version. See docs/methods/end-of-interval-weakness.md.
"""
