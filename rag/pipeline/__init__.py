"""The whole way of a question; imported as `from rag.pipeline import Pipeline`."""

from rag.pipeline.ask import Pipeline

__all__ = ["Pipeline"]
