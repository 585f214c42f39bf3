"""`tg.check_grads`."""

from tapegen.testing.check import check_grads

__all__ = ["check_grads"]
