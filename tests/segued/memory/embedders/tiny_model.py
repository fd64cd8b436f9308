"""Makes the folder of a sentence model, as all-MiniLM-L6-v2 is published, that is tiny and has learned nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

_WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "cat", "sits", "outside", "car", "drives", "key", "##s")
_WIDTH, _INNER, _LAYERS, _HEADS, _LONGEST = 8, 16, 2, 2, 32


def make_tiny_model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    config = {
        "num_attention_heads": _HEADS,
        "num_hidden_layers": _LAYERS,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": _LONGEST,
    }
    (folder / "config.json").write_text(json.dumps(config))
    save_file(_weights(), folder / "model.safetensors")
    tokenizer = Tokenizer(WordPiece({word: n for n, word in enumerate(_WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def _weights() -> dict[str, np.ndarray]:
    random = np.random.default_rng(7)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(_WORDS), _WIDTH),
        "embeddings.position_embeddings.weight": (_LONGEST, _WIDTH),
        "embeddings.token_type_embeddings.weight": (2, _WIDTH),
    }
    norms = ["embeddings.LayerNorm"]
    for number in range(_LAYERS):
        layer = f"encoder.layer.{number}"
        norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
        linear = [f"attention.self.{part}" for part in ("query", "key", "value")] + ["attention.output.dense"]
        for name in linear:
            shapes |= {f"{layer}.{name}.weight": (_WIDTH, _WIDTH), f"{layer}.{name}.bias": (_WIDTH,)}
        shapes |= {
            f"{layer}.intermediate.dense.weight": (_INNER, _WIDTH),
            f"{layer}.intermediate.dense.bias": (_INNER,),
        }
        shapes |= {f"{layer}.output.dense.weight": (_WIDTH, _INNER), f"{layer}.output.dense.bias": (_WIDTH,)}
    weights = {name: random.normal(0, 0.5, shape).astype("f4") for name, shape in shapes.items()}
    for name in norms:
        weights |= {f"{name}.weight": np.ones(_WIDTH, "f4"), f"{name}.bias": np.zeros(_WIDTH, "f4")}
    return weights
