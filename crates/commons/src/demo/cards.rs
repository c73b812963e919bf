//! The texts of the demo repos: cards with their metadata, and the configuration files that libraries read.

/// The base model's card as first published: it forgets most of its metadata, and the second commit makes it good.
pub(super) const BASE_FIRST: &str = r#"---
license: apache-2.0
---

# acorn-tiny

A very small decoder for trying things out.
"#;

/// The base model's card.
pub(super) const BASE: &str = r#"---
license: apache-2.0
language:
- en
library_name: transformers
pipeline_tag: text-generation
datasets:
- field-notes/garden-observations
papers:
- acorn-lab/one-season
code:
- acorn-lab/acorn-tools
tags:
- llama
- text-generation
- tiny
- demo
---

# acorn-tiny

A decoder with 5.8 million parameters in the shape of Llama: 6 blocks, width 256, 4 query heads that share 2 key and
value heads, and one matrix for both ends of the vocabulary. It comes with this hub's demo. **Its weights were drawn
from a seeded generator, not trained**, so it writes noise; everything around the weights is real.

## Intended use

Trying out a hub and its clients with files of the right formats: downloading, caching, loading a configuration and a
tokenizer, comparing revisions, and following where a model comes from. It is of no use for reading or writing text.

## How to load it

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("acorn-lab/acorn-tiny")
model = AutoModelForCausalLM.from_pretrained("acorn-lab/acorn-tiny")
```

## Training data

The tokenizer was learned from notes in the training split of
[field-notes/garden-observations](/datasets/field-notes/garden-observations) and from the text of this card. The
weights have seen no data at all.

## Training procedure

Byte pair encoding for the tokenizer, until no pair of neighbours occurred twice. Each weight is a nearly normal number
with a deviation that is usual for a trained matrix of its kind, rounded to bfloat16.

## Limitations

The tokenizer knows garden words and spells everything else in short pieces. The last rows of the embedding belong to
no token. Nothing that is measured with this model tells of quality.
"#;

/// What was measured of the base model, as the last section of its card.
pub(super) fn evaluation(tokens: usize, words: usize) -> String {
    let tenths = (tokens * 10 + words / 2) / words.max(1);
    format!(
        "\n## Evaluation\n\n\
         Of the weights there is nothing to measure, since they are noise. The tokenizer was run on the notes of the test \
         split of [field-notes/garden-observations](/datasets/field-notes/garden-observations), which it has not seen: \
         {words} words between spaces became {tokens} tokens.\n\n\
         | model | tokens a word |\n| --- | --- |\n| acorn-tiny | {}.{} |\n",
        tenths / 10,
        tenths % 10
    )
}

/// The tuned model's card.
pub(super) const TUNED: &str = r#"---
license: apache-2.0
language:
- en
library_name: transformers
pipeline_tag: text-generation
base_model: acorn-lab/acorn-tiny
base_model_relation: finetune
datasets:
- field-notes/garden-observations
tags:
- llama
- text-generation
- tiny
- demo
---

# acorn-tiny-notes

[acorn-lab/acorn-tiny](/acorn-lab/acorn-tiny) with its last two blocks moved a little, as tuning on short garden notes
would move them. **The move was drawn from a seeded generator**; like its base, this model writes noise.

## What changed

| part | compared with the base |
| --- | --- |
| embedding, blocks 0 to 3 | equal, byte for byte |
| blocks 4 and 5: attention, `down_proj`, norms | moved by 8 % of a deviation |
| blocks 4 and 5: `gate_proj`, `up_proj` | equal |
| last norm | moved |

So more than four fifths of the weights are the base's own bytes, and a hub that stores by content keeps them once.

## Intended use

Seeing how a derived model is stored, shown beside its base, and credited. It is of no use for reading or writing text.

## Limitations

All those of the base model. The tokenizer is the base's, unchanged.
"#;

/// The adapter's card.
pub(super) const ADAPTER: &str = r#"---
license: apache-2.0
language:
- en
library_name: peft
pipeline_tag: text-generation
base_model: acorn-lab/acorn-tiny
base_model_relation: adapter
datasets:
- field-notes/garden-observations
tags:
- lora
- tiny
- demo
---

# acorn-tiny-lora

A LoRA adapter of rank 8 for the query and value projections of [acorn-lab/acorn-tiny](/acorn-lab/acorn-tiny).
**Its numbers were drawn from a seeded generator, not trained.**

## How to load it

```python
from peft import AutoPeftModelForCausalLM

model = AutoPeftModelForCausalLM.from_pretrained("field-notes/acorn-tiny-lora")
```

## Intended use

Trying out how clients fetch an adapter and the base that it names. It is of no use for reading or writing text.

## Limitations

An adapter is nothing without its base: the base's licence and limits hold here too.
"#;

/// The data set's card.
pub(super) const DATASET: &str = r#"---
license: cc-by-4.0
language:
- en
pretty_name: Garden observations
task_categories:
- tabular-regression
- text-generation
size_categories:
- 1K<n<10K
annotations_creators:
- machine-generated
papers:
- acorn-lab/one-season
source_datasets:
- original
tags:
- synthetic
- demo
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
  - split: test
    path: data/test-*
---

# Garden observations

4,500 observations of plants in an allotment garden through one season. **They are synthetic**: a seeded generator made
them for this hub's demo, and no garden was visited.

## Columns

| column | type | meaning |
| --- | --- | --- |
| `id` | int64 | 1 to 4500, in the order of days |
| `day_of_year` | int64 | 60 to 329 |
| `plot` | string | A1 to D2 |
| `plant` | string | one of 24 |
| `height_cm` | float64 | height of the plant, in centimetres |
| `soil_moisture` | float64 | water in the soil, as a share of its volume |
| `air_temperature_c` | float64 | degrees Celsius |
| `note` | string | one line in English about the plant, the soil, the weather, and what was done |

## Splits

Every ninth row is in the test split: 4,000 rows for training, 500 for testing.

## How to load it

```python
from datasets import load_dataset

observations = load_dataset("field-notes/garden-observations")
```

## How it was made

Warmth follows a parabola over the year with its top in July, growth is linear until a plant is grown, and the soil
dries as it gets warmer; each has some noise. The notes are put together from the same numbers, so a model can learn to
tell one from the other.

## Limitations

Nothing here describes a real place, plant or season. Heights and dates are rough values from common knowledge. Do not
garden by it.
"#;

/// `config.json` of the base model and of its tuned copy.
pub(super) const CONFIG: &str = r#"{
  "architectures": ["LlamaForCausalLM"],
  "attention_bias": false,
  "attention_dropout": 0.0,
  "bos_token_id": 0,
  "eos_token_id": 1,
  "head_dim": 64,
  "hidden_act": "silu",
  "hidden_size": 256,
  "initializer_range": 0.02,
  "intermediate_size": 768,
  "max_position_embeddings": 512,
  "mlp_bias": false,
  "model_type": "llama",
  "num_attention_heads": 4,
  "num_hidden_layers": 6,
  "num_key_value_heads": 2,
  "pad_token_id": 2,
  "rms_norm_eps": 1e-05,
  "rope_theta": 10000.0,
  "tie_word_embeddings": true,
  "torch_dtype": "bfloat16",
  "use_cache": true,
  "vocab_size": 4096
}
"#;

/// `generation_config.json` of both.
pub(super) const GENERATION_CONFIG: &str = r#"{
  "bos_token_id": 0,
  "do_sample": true,
  "eos_token_id": 1,
  "max_new_tokens": 64,
  "pad_token_id": 2,
  "temperature": 0.8,
  "top_p": 0.95
}
"#;

/// `tokenizer_config.json` of both.
pub(super) const TOKENIZER_CONFIG: &str = r#"{
  "bos_token": "<|begin|>",
  "clean_up_tokenization_spaces": false,
  "eos_token": "<|end|>",
  "model_max_length": 512,
  "pad_token": "<|pad|>",
  "tokenizer_class": "PreTrainedTokenizerFast"
}
"#;

/// `adapter_config.json` of the adapter.
pub(super) const ADAPTER_CONFIG: &str = r#"{
  "base_model_name_or_path": "acorn-lab/acorn-tiny",
  "bias": "none",
  "fan_in_fan_out": false,
  "inference_mode": true,
  "init_lora_weights": true,
  "lora_alpha": 16,
  "lora_dropout": 0.05,
  "modules_to_save": null,
  "peft_type": "LORA",
  "r": 8,
  "revision": null,
  "target_modules": ["q_proj", "v_proj"],
  "task_type": "CAUSAL_LM",
  "use_dora": false,
  "use_rslora": false
}
"#;
