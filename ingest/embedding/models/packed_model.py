"""Describes a model that is one packed file, and writes it as a folder for PyTorch.

OpenVINO computes from the file itself (`ingest.embedding.encoders.bert_graph`); the folder is only
made where PyTorch computes: without OpenVINO, or on a GPU.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import uuid
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.embedding.base import SimilarityScale
from ingest.embedding.models.base import Prefixes
from ingest.embedding.models.calibration import Calibration
from ingest.embedding.models.packed_file import PackedFile
from ingest.embedding.tokenizer import TextTokenizer
from ingest.errors import EmbeddingFailed

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_TRANSFORMER, _POOLING = (
    "sentence_transformers.models.Transformer",
    "sentence_transformers.models.Pooling",
)
_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""The parts of a layer as transformers' BertModel calls them."""


_SPACES = ((" {2,}", " "), ("^ | $", ""))
"""What sentencepiece does with spaces, as patterns and what they become."""


class PackedModel:
    """A BERT encoder with mean pooling in one file; safe to read from several threads."""

    def __init__(
        self,
        file: PackedFile,
        label: str,
        prefixes: Prefixes,
        calibration: Calibration | None,
        similarity: SimilarityScale | None = None,
    ) -> None:
        self.file = file
        self._label = label
        self._prefixes = prefixes
        self._calibration = calibration
        self._similarity = similarity
        self._made: Path | None = None
        """The folder where there is no cache; it is deleted with this object."""

    @property
    def label(self) -> str:
        """What the model is called."""
        return self._label

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits of the file's SHA-256."""
        return self.file.digest[:12]

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.file.sizes.hidden

    @property
    def max_tokens(self) -> int:
        """As many tokens as it has positions."""
        return self.file.sizes.positions

    @property
    def languages(self) -> frozenset[str]:
        """All: E5 was trained on a hundred languages."""
        return frozenset({"*"})

    @property
    def similarity(self) -> SimilarityScale | None:
        """What its cosines mean."""
        return self._similarity

    @property
    def prefixes(self) -> Prefixes:
        """What stands before questions and passages."""
        return self._prefixes

    @property
    def calibration(self) -> Calibration | None:
        """What was measured of the model."""
        return self._calibration

    def build_tokenizer(self) -> TextTokenizer:
        """Return the model's tokenizer, which cuts and pads nothing. Raises EmbeddingFailed."""
        return self.file.build_tokenizer()

    def provide_folder(self, cache: Path | None) -> Path:
        """Return the model as a sentence-transformers folder. Raises EmbeddingFailed.

        It is kept in `cache`, or as long as this object where there is none; 470 MB.
        """
        if cache is None:
            cache = self._made = self._made or self._make_temporary_folder()
        folder = cache / f"{self._label}-{self.fingerprint}"
        if folder.is_dir():
            return folder
        # Under a name of its own until it is whole: another process may be making it as well.
        draft = cache / f"{uuid.uuid4().hex}.draft"
        try:
            draft.mkdir(parents=True)
            self._write_folder(draft)
            if not folder.is_dir():
                draft.rename(folder)
        except OSError as error:
            if not folder.is_dir():  # else the other process was quicker
                raise EmbeddingFailed(f"The model cannot be kept in {cache}: {error}") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return folder

    def _make_temporary_folder(self) -> Path:
        made = Path(tempfile.mkdtemp(prefix="docchat-model-"))
        # Not a TemporaryDirectory: that warns when it is not closed, and a model has no end.
        weakref.finalize(self, shutil.rmtree, made, ignore_errors=True)
        return made

    def _write_folder(self, folder: Path) -> None:
        from safetensors.numpy import save_file

        _build_fast_tokenizer(self.file).save(str(folder / "tokenizer.json"))
        save_file(self._name_tensors(), folder / "model.safetensors", {"format": "pt"})
        for name, content in self._describe_model().items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")

    def _describe_model(self) -> dict[str, Any]:
        """Return the JSON files of the folder, by name."""
        sizes = self.file.sizes
        config = {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": sizes.hidden,
            "num_hidden_layers": sizes.layers,
            "num_attention_heads": sizes.heads,
            "intermediate_size": sizes.intermediate,
            "vocab_size": sizes.pieces,
            "max_position_embeddings": sizes.positions,
            "layer_norm_eps": sizes.epsilon,
            "type_vocab_size": 2,
            "hidden_act": "gelu",
            "pad_token_id": self.file.special_ids.padding,
        }
        tokens = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": sizes.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        }
        stages = [
            {"idx": 0, "name": "0", "path": "", "type": _TRANSFORMER},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": _POOLING},
        ]
        pooling = {"word_embedding_dimension": sizes.hidden, "pooling_mode_mean_tokens": True}
        return {
            "config.json": config,
            "tokenizer_config.json": tokens,
            "modules.json": stages,
            "sentence_bert_config.json": {"max_seq_length": sizes.positions},
            "1_Pooling/config.json": pooling,
        }

    def _name_tensors(self) -> dict[str, Any]:
        """Return all tensors in their shapes, under the names that transformers gives them."""
        file, hidden = self.file, self.file.sizes.hidden
        found: dict[str, Any] = {}
        for short, long in (("word", "word"), ("pos", "position"), ("type", "token_type")):
            table = file.read_tensor(f"emb.{short}").reshape(-1, hidden)
            found[f"embeddings.{long}_embeddings.weight"] = table
        parts = {"emb.ln": "embeddings.LayerNorm"}
        for layer in range(file.sizes.layers):
            parts |= {
                f"l{layer}.{short}": f"encoder.layer.{layer}.{long}"
                for short, long in _NAMES.items()
            }
        for short, long in parts.items():
            bias, weight = file.read_tensor(f"{short}.b"), file.read_tensor(f"{short}.w")
            found[f"{long}.bias"] = bias
            is_matrix = weight.size > bias.size
            found[f"{long}.weight"] = weight.reshape(bias.size, -1) if is_matrix else weight
        return found


def _build_fast_tokenizer(file: PackedFile) -> Tokenizer:
    """Return the tokenizer as transformers wants it; it gives the same ids."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    pieces, scores = file.read_pieces()
    special = file.special_ids
    by_result: dict[str, list[int]] = {}
    for code, into in file.read_replaced_characters().items():
        by_result.setdefault(into, []).append(code)
    replaced = [
        normalizers.Replace(Regex(_build_character_class(codes)), into)
        for into, codes in by_result.items()
    ]
    # Not `Strip`: that takes other characters too, such as U+0085, which is a piece.
    spaces = [normalizers.Replace(Regex(each), into) for each, into in _SPACES]
    tokenizer = Tokenizer(
        models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=special.unknown)
    )
    tokenizer.normalizer = normalizers.Sequence([*replaced, normalizers.NFKC(), *spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    ids = (special.begin, special.padding, special.end, special.unknown, special.mask)
    tokenizer.add_special_tokens([pieces[each] for each in ids])
    begin, end = pieces[special.begin], pieces[special.end]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} $B {end}",
        special_tokens=[(begin, special.begin), (end, special.end)],
    )
    return tokenizer


def _build_character_class(codes: Sequence[int]) -> str:
    return "[" + "".join(f"\\x{{{code:x}}}" for code in codes) + "]"
