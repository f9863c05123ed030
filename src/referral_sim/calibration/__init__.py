"""Calibration: which values of uncertain parameters go with the published figures, and how sure that is.

:func:`~referral_sim.calibration.calibrate.calibrate` does all of it; ``referral-sim calibrate`` is its command. Nothing
here is imported by the model or by sweeps; the libraries of inference come with the extra ``calibration``.
"""
