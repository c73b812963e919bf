"""`datasets`: published, loaded, and read while it streams."""

from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict, get_dataset_config_names, load_dataset
from huggingface_hub import HfApi

ROWS = {"id": list(range(1000)), "text": [f"row {n} – ü" for n in range(1000)], "half": [n / 2 for n in range(1000)]}


@pytest.mark.parametrize("private", [False, True])
def test_push_and_load(dataset: str, token: str, private: bool, tmp_path: Path):
    Dataset.from_dict(ROWS).push_to_hub(dataset, token=token, private=private)
    loaded = load_dataset(dataset, split="train", token=token, cache_dir=str(tmp_path))
    assert loaded.to_dict() == ROWS
    if private:
        with pytest.raises(Exception, match=f"(?i)doesn't exist|not found|cannot be accessed|{dataset}"):
            load_dataset(dataset, split="train", token=False, cache_dir=str(tmp_path / "other"))


def test_stream(dataset: str, token: str):
    Dataset.from_dict(ROWS).push_to_hub(dataset, token=token, num_shards=3)
    stream = load_dataset(dataset, split="train", streaming=True, token=token)
    assert [row["text"] for row in stream] == ROWS["text"]
    assert next(iter(stream.skip(700)))["id"] == 700


def test_splits_and_configurations(dataset: str, token: str, tmp_path: Path):
    splits = DatasetDict({"train": Dataset.from_dict({"x": [1, 2]}), "test": Dataset.from_dict({"x": [3]})})
    splits.push_to_hub(dataset, "small", token=token)
    Dataset.from_dict({"y": ["a"]}).push_to_hub(dataset, "other", token=token)
    assert sorted(get_dataset_config_names(dataset, token=token)) == ["other", "small"]
    loaded = load_dataset(dataset, "small", token=token, cache_dir=str(tmp_path))
    assert {name: split["x"][:] for name, split in loaded.items()} == {"train": [1, 2], "test": [3]}


def test_push_again_replaces(dataset: str, token: str, tmp_path: Path):
    Dataset.from_dict({"x": [1]}).push_to_hub(dataset, token=token)
    Dataset.from_dict({"x": [2, 3]}).push_to_hub(dataset, token=token)
    assert load_dataset(dataset, split="train", token=token, cache_dir=str(tmp_path))["x"][:] == [2, 3]


def test_plain_files_without_a_card(api: HfApi, dataset: str, token: str, tmp_path: Path):
    api.create_repo(dataset, repo_type="dataset")
    for split, rows in {"train": "a,b\n1,x\n2,y\n", "test": "a,b\n3,z\n"}.items():
        api.upload_file(
            path_or_fileobj=rows.encode(), path_in_repo=f"data/{split}.csv", repo_id=dataset, repo_type="dataset"
        )
    loaded = load_dataset(dataset, token=token, cache_dir=str(tmp_path))
    assert loaded["train"].to_dict() == {"a": [1, 2], "b": ["x", "y"]}
    assert loaded["test"].to_dict() == {"a": [3], "b": ["z"]}
