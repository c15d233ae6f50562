"""The fuzz driver makes the same files every time; the sandbox raises only typed errors."""

from __future__ import annotations

from pathlib import Path

from tests.stress.fuzz_pdf import MUTATIONS, Fuzzer, build_mutated_file, build_own_seeds

SEEDS = build_own_seeds()


def test_a_file_is_a_function_of_its_number() -> None:
    files = [build_mutated_file(SEEDS, number) for number in range(3 * len(SEEDS))]
    assert files == [build_mutated_file(SEEDS, number) for number in range(3 * len(SEEDS))]
    assert len(set(files)) > 2.5 * len(SEEDS)
    assert len(MUTATIONS) > 10


def test_some_mutated_files_are_parsed_or_refused(tmp_path: Path) -> None:
    fuzzer = Fuzzer(SEEDS, tmp_path, 1, None)
    try:
        outcomes = [fuzzer.run(number) for number in range(12)]
    finally:
        fuzzer.close()
    assert not [outcome for outcome in outcomes if outcome.bad]
    assert any(outcome.kind == "parsed" for outcome in outcomes)
    assert not list(tmp_path.rglob("*.pdf"))
