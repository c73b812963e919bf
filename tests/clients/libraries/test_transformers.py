"""`transformers`: a tiny tokenizer and a configuration, published and loaded by name."""

from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoConfig, AutoTokenizer, BertConfig, PreTrainedTokenizerFast

WORDS = ["[UNK]", "[PAD]", "seed", "corn", "grows", "here"]


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]")


def test_tokenizer(model: str, token: str, tmp_path: Path):
    tiny_tokenizer().push_to_hub(model, token=token)
    loaded = AutoTokenizer.from_pretrained(model, cache_dir=tmp_path)
    assert loaded("corn grows everywhere")["input_ids"] == [3, 4, 0]


@pytest.mark.parametrize("private", [False, True])
def test_configuration(model: str, token: str, private: bool, tmp_path: Path):
    BertConfig(hidden_size=48, num_hidden_layers=2, num_attention_heads=4).push_to_hub(
        model, token=token, private=private
    )
    loaded = AutoConfig.from_pretrained(model, token=token, cache_dir=tmp_path)
    assert isinstance(loaded, BertConfig) and loaded.hidden_size == 48
    if private:
        with pytest.raises(OSError):
            AutoConfig.from_pretrained(model, token=False, cache_dir=tmp_path / "other")


def test_both_in_one_repo_and_a_revision(model: str, token: str, tmp_path: Path):
    BertConfig(hidden_size=48).push_to_hub(model, token=token)
    tiny_tokenizer().push_to_hub(model, token=token, revision="second")
    loaded = AutoTokenizer.from_pretrained(model, revision="second", cache_dir=tmp_path)
    assert loaded.convert_tokens_to_ids("here") == 5
    assert AutoConfig.from_pretrained(model, cache_dir=tmp_path).hidden_size == 48
    # Read again from the cache, asking the hub only what has changed.
    assert AutoTokenizer.from_pretrained(model, revision="second", cache_dir=tmp_path)("seed")["input_ids"] == [2]
