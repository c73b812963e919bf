//! Names by which a release points to code that others keep: architectures and libraries, each with the licence of its code.

use super::model_types;

/// A library and its licence.
type Library = (&'static str, &'static str);

const TRANSFORMERS: Library = ("transformers", "Apache-2.0");
const DIFFUSERS: Library = ("diffusers", "Apache-2.0");
const LLAMA_CPP: Library = ("llama.cpp", "MIT");

/// Values of `general.architecture` that llama.cpp has.
const GGUF: &[&str] = &[
    "arctic",
    "arwkv7",
    "baichuan",
    "bailingmoe",
    "bert",
    "bitnet",
    "bloom",
    "chameleon",
    "chatglm",
    "codeshell",
    "cohere2",
    "command-r",
    "dbrx",
    "deci",
    "deepseek",
    "deepseek2",
    "dots1",
    "dream",
    "ernie4_5",
    "exaone",
    "exaone4",
    "falcon",
    "falcon-h1",
    "gemma",
    "gemma2",
    "gemma3",
    "gemma3n",
    "glm4",
    "glm4moe",
    "gpt-oss",
    "gpt2",
    "gptj",
    "gptneox",
    "granite",
    "granitehybrid",
    "granitemoe",
    "grok",
    "hunyuan-moe",
    "internlm2",
    "jais",
    "jamba",
    "jina-bert-v2",
    "lfm2",
    "llada",
    "llama",
    "llama4",
    "mamba",
    "mamba2",
    "minicpm",
    "minicpm3",
    "mistral3",
    "modern-bert",
    "mpt",
    "nemotron",
    "neo-bert",
    "nomic-bert",
    "nomic-bert-moe",
    "olmo",
    "olmo2",
    "olmoe",
    "openelm",
    "orion",
    "phi2",
    "phi3",
    "phimoe",
    "plamo",
    "plm",
    "qwen",
    "qwen2",
    "qwen2moe",
    "qwen2vl",
    "qwen3",
    "qwen3moe",
    "refact",
    "rwkv6",
    "rwkv7",
    "seed_oss",
    "smallthinker",
    "smollm3",
    "stablelm",
    "starcoder",
    "starcoder2",
    "t5",
    "t5encoder",
    "wavtokenizer-dec",
    "xverse",
];

/// Classes of `model_index.json` that diffusers has.
const PIPELINES: &[&str] = &[
    "AnimateDiffPipeline",
    "AuraFlowPipeline",
    "CogVideoXPipeline",
    "FluxPipeline",
    "HunyuanVideoPipeline",
    "KandinskyPipeline",
    "KolorsPipeline",
    "LTXPipeline",
    "LatentConsistencyModelPipeline",
    "PixArtAlphaPipeline",
    "PixArtSigmaPipeline",
    "QwenImagePipeline",
    "SanaPipeline",
    "StableCascadeCombinedPipeline",
    "StableDiffusion3Pipeline",
    "StableDiffusionImg2ImgPipeline",
    "StableDiffusionInpaintPipeline",
    "StableDiffusionPipeline",
    "StableDiffusionXLImg2ImgPipeline",
    "StableDiffusionXLPipeline",
    "WanPipeline",
    "WuerstchenCombinedPipeline",
];

/// Libraries that cards name by `library_name`, with the licence of each.
const LIBRARIES: &[(&str, Library)] = &[
    ("adapter-transformers", ("adapters", "Apache-2.0")),
    ("allennlp", ("AllenNLP", "Apache-2.0")),
    ("diffusers", DIFFUSERS),
    ("espnet", ("ESPnet", "Apache-2.0")),
    ("fairseq", ("fairseq", "MIT")),
    ("fastai", ("fastai", "Apache-2.0")),
    ("flair", ("Flair", "MIT")),
    ("gguf", LLAMA_CPP),
    ("keras", ("Keras", "Apache-2.0")),
    ("litgpt", ("LitGPT", "Apache-2.0")),
    ("mamba-ssm", ("mamba", "Apache-2.0")),
    ("ml-agents", ("ML-Agents", "Apache-2.0")),
    ("mlx", ("MLX", "MIT")),
    ("mlx-lm", ("MLX LM", "MIT")),
    ("nemo", ("NeMo", "Apache-2.0")),
    ("onnx", ("ONNX Runtime", "MIT")),
    ("open_clip", ("OpenCLIP", "MIT")),
    ("paddlenlp", ("PaddleNLP", "Apache-2.0")),
    ("peft", ("PEFT", "Apache-2.0")),
    ("pyannote-audio", ("pyannote.audio", "MIT")),
    ("sample-factory", ("Sample Factory", "MIT")),
    ("sentence-transformers", ("Sentence Transformers", "Apache-2.0")),
    ("setfit", ("SetFit", "Apache-2.0")),
    ("sklearn", ("scikit-learn", "BSD-3-Clause")),
    ("spacy", ("spaCy", "MIT")),
    ("span-marker", ("SpanMarker", "Apache-2.0")),
    ("speechbrain", ("SpeechBrain", "Apache-2.0")),
    ("stable-baselines3", ("Stable Baselines3", "MIT")),
    ("stanza", ("Stanza", "Apache-2.0")),
    ("tensorflowtts", ("TensorFlowTTS", "Apache-2.0")),
    ("timm", ("timm", "Apache-2.0")),
    ("transformers", TRANSFORMERS),
    ("transformers.js", ("Transformers.js", "Apache-2.0")),
    ("vllm", ("vLLM", "Apache-2.0")),
];

/// The library that has the architecture of a `model_type`.
pub(super) fn model_type(name: &str) -> Option<Library> {
    model_types::ALL.binary_search(&name).is_ok().then_some(TRANSFORMERS)
}

/// The library that has the architecture of a pipeline class.
pub(super) fn diffusers_class(name: &str) -> Option<Library> {
    PIPELINES.binary_search(&name).is_ok().then_some(DIFFUSERS)
}

/// The program that has the architecture of a GGUF file.
pub(super) fn gguf_architecture(name: &str) -> Option<Library> {
    GGUF.binary_search(&name).is_ok().then_some(LLAMA_CPP)
}

/// The library that a card names.
pub(super) fn library(name: &str) -> Option<Library> {
    let lower = name.to_ascii_lowercase();
    let found = LIBRARIES.binary_search_by_key(&lower.as_str(), |(known, _)| known).ok()?;
    LIBRARIES.get(found).map(|(_, library)| *library)
}

#[cfg(test)]
mod tests {
    use super::super::terms::{Open, Terms};
    use super::*;

    #[test]
    fn tables_are_sorted_and_every_licence_is_open() {
        assert!(model_types::ALL.is_sorted_by(|a, b| a < b));
        assert!(GGUF.is_sorted_by(|a, b| a < b));
        assert!(PIPELINES.is_sorted_by(|a, b| a < b));
        assert!(LIBRARIES.is_sorted_by(|a, b| a.0 < b.0));
        for (_, (_, license)) in LIBRARIES {
            assert_eq!(Terms::of(license).open, Open::Yes);
        }
        assert!(model_type("llama").is_some() && model_type("my_own").is_none());
        assert!(diffusers_class("FluxPipeline").is_some() && diffusers_class("rm -rf Pipeline").is_none());
        assert_eq!(library("Transformers").map(|(name, _)| name), Some("transformers"));
    }
}
