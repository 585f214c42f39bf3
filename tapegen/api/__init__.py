"""The public transforms."""

from . import callables  # noqa: F401  (rules for integrals, roots, ... ask for derivatives of the user's functions)
