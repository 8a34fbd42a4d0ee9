"""How many examples a property is tried on: the same few in every run, or many others."""

from hypothesis import HealthCheck, settings

_ANY_MACHINE = settings(deadline=None, suppress_health_check=list(HealthCheck))
settings.register_profile("few", _ANY_MACHINE, max_examples=25, derandomize=True)
settings.register_profile("long", _ANY_MACHINE, max_examples=400)
