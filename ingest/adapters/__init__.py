"""Other parsers of PDFs that settings may name: what each exports becomes a Document.

None of them is a dependency. Each module imports its library when a file is parsed; turning an
export into a Document is a pure function beside it.
"""
