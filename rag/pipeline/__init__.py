"""Answers questions from documents; imported as `from rag.pipeline import Pipeline`."""

from rag.pipeline.ask import Pipeline

__all__ = ["Pipeline"]
