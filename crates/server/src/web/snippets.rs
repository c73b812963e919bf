//! "Use this": lines that fetch a repo with the tools people have, with this hub's address and a pinned revision in them.

use seedcorn_core::repo::RepoKind;

use super::urls::RepoUrls;

/// A piece of code to copy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Snippet {
    /// What uses it.
    pub(crate) title: &'static str,
    /// The language, as highlighting knows it.
    pub(crate) language: &'static str,
    /// The code.
    pub(crate) code: String,
}

/// What a snippet needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Use<'a> {
    /// What it is.
    pub(crate) kind: RepoKind,
    /// `namespace/name`.
    pub(crate) full_name: &'a str,
    /// The hub's address.
    pub(crate) base: &'a str,
    /// The commit to pin.
    pub(crate) revision: &'a str,
    /// The library that the card names.
    pub(crate) library: Option<&'a str>,
    /// The task that the card names.
    pub(crate) task: Option<&'a str>,
    /// A file that is fetched alone, where the usual client does not know the kind.
    pub(crate) file: &'a str,
    /// The model that an adapter is for, if this is one.
    pub(crate) adapter_of: Option<&'a str>,
}

/// The snippets that suit a repo, the likeliest first.
pub(crate) fn snippets(of: &Use<'_>) -> Vec<Snippet> {
    let library = match of.kind {
        RepoKind::Model => model(of),
        RepoKind::Dataset => Some(dataset(of)),
        RepoKind::Space => None,
        RepoKind::Paper => return vec![one_file(of), git(of)],
        RepoKind::Code => return vec![one_file(of), all_files(of), git(of)],
    };
    library.into_iter().chain([shell(of), python(of), git(of)]).collect()
}

/// A text as Python writes it: what a card says is data, and must not become code. JSON's strings are strings of Python.
fn text(said: &str) -> String {
    serde_json::Value::from(said).to_string()
}

/// The libraries read the hub's address from here when they are loaded.
fn from_here(of: &Use<'_>) -> String {
    format!("import os\nos.environ[\"HF_ENDPOINT\"] = {}\n\n", text(of.base))
}

fn model(of: &Use<'_>) -> Option<Snippet> {
    let (name, revision) = (text(of.full_name), text(of.revision));
    if let Some(base) = of.adapter_of {
        let code = format!(
            "{}from peft import PeftModel\nfrom transformers import AutoModelForCausalLM\n\n\
             base = AutoModelForCausalLM.from_pretrained({})\n\
             model = PeftModel.from_pretrained(base, {name}, revision={revision})",
            from_here(of),
            text(base)
        );
        return Some(Snippet { title: "PEFT", language: "python", code });
    }
    let (title, code) = match (of.library?, of.task) {
        ("transformers", Some(task)) => {
            let task = text(task);
            let code = format!(
                "from transformers import pipeline\n\n\
                 pipe = pipeline({task}, model={name},\n                revision={revision})"
            );
            ("Transformers", code)
        }
        ("transformers", None) => {
            let code = format!(
                "from transformers import AutoModel, AutoTokenizer\n\n\
                 tokenizer = AutoTokenizer.from_pretrained({name}, revision={revision})\n\
                 model = AutoModel.from_pretrained({name}, revision={revision})"
            );
            ("Transformers", code)
        }
        ("diffusers", _) => {
            let code = format!(
                "from diffusers import DiffusionPipeline\n\n\
                 pipe = DiffusionPipeline.from_pretrained({name}, revision={revision})"
            );
            ("Diffusers", code)
        }
        ("sentence-transformers", _) => {
            let code = format!(
                "from sentence_transformers import SentenceTransformer\n\n\
                 model = SentenceTransformer({name}, revision={revision})"
            );
            ("Sentence Transformers", code)
        }
        _ => return None,
    };
    Some(Snippet { title, language: "python", code: from_here(of) + &code })
}

fn dataset(of: &Use<'_>) -> Snippet {
    let (name, revision) = (text(of.full_name), text(of.revision));
    let code =
        format!("from datasets import load_dataset\n\ndata = load_dataset({name}, revision={revision})");
    Snippet { title: "Datasets", language: "python", code: from_here(of) + &code }
}

/// The usual client refuses kinds that it does not know before it asks, so these are fetched by their addresses.
fn one_file(of: &Use<'_>) -> Snippet {
    let urls = RepoUrls::new(of.kind, of.full_name);
    let code = format!("curl -fLO \"{}{}\"", of.base, urls.resolve(of.revision, of.file));
    Snippet { title: "One file", language: "bash", code }
}

fn all_files(of: &Use<'_>) -> Snippet {
    let (plural, base, name, revision) = (of.kind.plural(), of.base, of.full_name, of.revision);
    let code = format!("curl -f \"{base}/api/{plural}/{name}/tree/{revision}?recursive=true\"");
    Snippet { title: "List of files", language: "bash", code }
}

fn shell(of: &Use<'_>) -> Snippet {
    let kind = match of.kind {
        RepoKind::Model => String::new(),
        kind => format!(" --repo-type {kind}"),
    };
    let (base, name, revision) = (of.base, of.full_name, of.revision);
    let code = format!("export HF_ENDPOINT={base}\nhf download {name}{kind} --revision {revision}");
    Snippet { title: "Command line", language: "bash", code }
}

fn python(of: &Use<'_>) -> Snippet {
    let kind = match of.kind {
        RepoKind::Model => String::new(),
        kind => format!(", repo_type=\"{kind}\""),
    };
    let (base, name, revision) = (text(of.base), text(of.full_name), text(of.revision));
    let code = format!(
        "from huggingface_hub import snapshot_download\n\n\
         snapshot_download({name}{kind}, revision={revision},\n                  endpoint={base})"
    );
    Snippet { title: "Python", language: "python", code }
}

fn git(of: &Use<'_>) -> Snippet {
    let code = format!("git clone {}/{}{}", of.base, of.kind.prefix(), of.full_name);
    Snippet { title: "git", language: "bash", code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own() {
        let of = Use {
            kind: RepoKind::Model,
            full_name: "ada/one",
            base: "https://hub.example",
            revision: "abc",
            library: Some("transformers"),
            task: Some("text-generation"),
            file: "README.md",
            adapter_of: None,
        };
        let titles = |of: &Use<'_>| snippets(of).iter().map(|snippet| snippet.title).collect::<Vec<_>>();
        assert_eq!(titles(&of), ["Transformers", "Command line", "Python", "git"]);
        assert!(snippets(&of)[1].code.contains("hf download ada/one --revision abc"));
        let here =
            snippets(&of).iter().filter(|snippet| snippet.code.contains("https://hub.example")).count();
        assert_eq!(here, 4, "each asks this hub and no other");
        let hostile = "x\"); import os; os.system(\"id\") #\nimport evil";
        let code = |of: &Use<'_>| snippets(of)[0].code.clone();
        let task = code(&Use { task: Some(hostile), ..of.clone() });
        let base = code(&Use { adapter_of: Some(hostile), ..of.clone() });
        for code in [task, base] {
            assert!(!code.contains("x\");") && !code.contains("\nimport evil"), "{code}");
        }
        let adapter = Use { adapter_of: Some("b/base"), ..of.clone() };
        assert_eq!(titles(&adapter), ["PEFT", "Command line", "Python", "git"]);
        let paper = Use { kind: RepoKind::Paper, file: "a b.pdf", ..of.clone() };
        assert_eq!(
            snippets(&paper)[0].code,
            "curl -fLO \"https://hub.example/papers/ada/one/resolve/abc/a%20b.pdf\""
        );
        assert_eq!(titles(&Use { kind: RepoKind::Code, ..of.clone() }), ["One file", "List of files", "git"]);
        let data = Use { kind: RepoKind::Dataset, ..of };
        assert_eq!(titles(&data), ["Datasets", "Command line", "Python", "git"]);
        assert!(snippets(&data)[1].code.contains("--repo-type dataset"));
    }
}
