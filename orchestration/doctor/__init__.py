"""Looks a home over before or after something went wrong: what holds, what does not, what to do.

In: the environment's settings and a home. Out: findings, one line each. Nothing is changed, no lock
is taken, and no finding holds a credential. `python -m orchestration.doctor`, or `make doctor`.
"""
