//! Templates that reach beyond what they are given, and those that do not.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use super::*;

fn verdict(text: &str) -> (Verdict, Vec<String>) {
    let found = look(&[Template { name: String::new(), text: text.to_owned() }]);
    (found.verdict, found.reasons)
}

const USUAL: &str = r#"{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- if messages[0].role == 'system' %}{{- messages[0].content + '\n\n' }}{%- endif %}
    {%- for tool in tools %}{{- "\n" }}{{- tool | tojson }}{%- endfor %}
    {{- "\n</tools>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n" }}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
    {%- endif %}
{%- endfor %}
{% macro render(content) %}{{ content | trim | replace('_', ' ') }}{% endmacro %}
{{ render(messages[0]['content']) }}{{ {'a': {'b': 1}} | tojson }}{# {{ __class__ }} #}
{% raw %}{{ x.__class__ }}{% endraw %}
{% if x is not none and y is defined %}{{ raise_exception('no ' ~ x) }}{% endif %}
{{ messages | selectattr('role', 'equalto', 'user') | map(attribute='content') | list | join('\n') }}
{% generation %}{{ bos_token }}{% endgeneration %}{{ strftime_now('%d %b %Y') }} { not a tag } {"#;

#[test]
fn what_writes_text_is_called_nothing() {
    assert_eq!(verdict(USUAL), (Verdict::NothingFound, vec![]));
    assert_eq!(verdict("plain text"), (Verdict::NothingFound, vec![]));
    assert_eq!(verdict(""), (Verdict::NothingFound, vec![]));
}

#[test]
fn what_reaches_beyond_is_dangerous() {
    for text in [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
        "{{ x['__class__'] }}",
        "{{ x['\\x5f\\x5fclass\\x5f\\x5f'] }}",
        "{{ x['\\137\\137class\\137\\137'] }}",
        "{{ x['\\u005f\\u005fclass__'] }}",
        "{{ x[\"_\" \"_class__\"]['__init__'] }}",
        "{{ x|attr('a') }}",
        "{{ x | attr ( 'a' ) }}",
        "{{ [x]|map('attr', 'a')|list }}",
        "{% filter attr('a') %}x{% endfilter %}",
        "{{ self._TemplateReference__context }}",
        "{{ cycler.a }}",
        "{{ lipsum.a['os'].popen('id').read() }}",
        "{{ request.application }}",
        "{{ joiner }}",
        "{% include 'x' %}",
        "{%- import 'x' as y -%}",
        "{%+ from 'x' import y %}",
        "{% extends x %}",
        "{{ url_for.a }}",
        "{% set x = {'a': y.__globals__} %}",
        "{% if x.__init__ %}{% endif %}",
        "{# #}{{ x.__init__ }}",
        "{{ '}}' }}{{ x.__init__ }}",
        "{% raw %}{% endrawX %}{#{% endraw %}{{ cycler.__init__.__globals__ }}{% raw %}#}{% endraw %}",
        "{% raw %}{%-- endraw %}{#{% endraw %}{{ cycler.__init__ }}{% raw %}#}{% endraw %}",
        "{#}{% raw %}#}{{ cycler.__init__.__globals__ }}{#{% endraw %}#}",
        "{{ ([1]|map('string')).gi_frame.f_builtins['exec']('x') }}",
        "{{ x['gi_frame'] }}",
        "{{ x.f_globals }}",
        "{{ [x]|map(attribute='_\\\n_class_\\\n_') }}",
    ] {
        let (verdict, why) = verdict(text);
        assert_eq!(verdict, Verdict::Dangerous, "{text}: {why:?}");
    }
}

#[test]
fn what_is_not_known_is_suspicious() {
    for text in [
        "{{ x['_' ~ '_class_' ~ '_'] }}",
        "{% set a = '_' + '_class_' + '_' %}{{ x[a] }}",
        "{% set a = '_' * 2 %}",
        "{{ '%c%c' % (95, 95) }}",
        "{{ ['_', '_', 'class']|join }}",
        "{{ '{0.a}'.format(x) }}",
        "{{ x.popen('id') }}",
        "{{ open('/etc/passwd') }}",
        "{{ x|evil }}",
        "{{ x is evil }}",
        "{{ x is not evil }}",
        "{% evil %}",
        "{% %}",
        "{{ x",
        "{% if x",
        "{{ 'x }}",
        "{# x",
        "{% raw %}",
        "{{ x['\\N{LOW LINE}\\N{LOW LINE}x'] }}",
        "{% set u='a_b'[1] %}{% set d=u~u %}{{ namespace[d~'init'~d][d~'globals'~d] }}",
        "{% set f='at'~'tr' %}{{ [x]|map(f, 'y') }}",
        "{{ x['y']('z') }}",
        "{{ x['in' + 'it'] }}",
        "{% set u = x.y.split('b')[0] %}{% set k = u ~ u ~ 'init' ~ u ~ u %}{{ x[k] }}",
        "{% set k = [u, u, 'init', u, u]|join %}{{ x[k] }}",
        "{% set k = 'aainitaa'|replace('a', '_') %}{{ x[k] }}",
        "{% set ns.k = a + 'init' + a %}{{ x[ns.k] }}",
        "{% for k in [a ~ 'init' ~ a] %}{{ x[k] }}{% endfor %}",
        "{% set k = a ~ 'x' %}{% set j = k %}{{ x[j] }}",
        "{{ x.y()('z') }}",
    ] {
        let (verdict, why) = verdict(text);
        assert!(verdict >= Verdict::Suspicious, "{text}: {verdict:?} {why:?}");
    }
    assert_eq!(verdict(&"x".repeat(100_000)).0, Verdict::Unscannable);
}

#[test]
fn templates_are_found_in_files() {
    let texts = |path: &str, text: &str| -> Vec<(String, String)> {
        templates(path, text.as_bytes()).into_iter().map(|one| (one.name, one.text)).collect()
    };
    let own = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    assert_eq!(texts("tokenizer_config.json", r#"{"chat_template": "a"}"#), [own("", "a")]);
    let list =
        r#"{"chat_template": [{"name": "default", "template": "a"}, {"name": "tool", "template": "b"}, 7]}"#;
    assert_eq!(texts("sub/tokenizer_config.json", list), [own("default", "a"), own("tool", "b")]);
    assert_eq!(texts("chat_template.json", r#"{"chat_template": {"x": "a"}}"#), [own("x", "a")]);
    assert_eq!(texts("chat_template.jinja", "{{ a }}"), [own("", "{{ a }}")]);
    assert_eq!(texts("tokenizer_config.json", "{}"), []);
    assert_eq!(texts("tokenizer_config.json", "no json"), []);
    assert!(holds_templates("a/chat_template.jinja") && !holds_templates("config.json"));
}

#[test]
fn what_cannot_be_read_as_it_may_be_elsewhere() {
    // None of these may end the reading of others.
    for text in ["{{ '\\é' }}", "{{ '\\", "{{ '\\xé' }}", "{{ '\\u12é' }}", "{{ '\\777é' }}", "{{ é.ü }}"]
    {
        let _ = verdict(text);
    }
    let many: Vec<Template> =
        (0..65).map(|n| Template { name: n.to_string(), text: String::new() }).collect();
    assert_eq!(look(&many).verdict, Verdict::Unscannable);
    let usual =
        "{{ a['b'] }}{{ a[b + 1] }}{{ a[b|length - 1] }}{{ x|map('upper') }}{{ x|selectattr('a', 'in', y) }}";
    assert_eq!(verdict(usual), (Verdict::NothingFound, vec![]));
}

#[test]
fn templates_are_lines_for_people() {
    let text = r#"{"b": 1, "chat_template": "{% if x %}\n  a\n{% endif %}", "a": 2}"#;
    let unfolded = unfold("tokenizer_config.json", text).unwrap();
    assert!(unfolded.ends_with("chat template:\n{% if x %}\n  a\n{% endif %}\n"), "{unfolded}");
    assert!(unfolded.contains("\"a\": 2"));
    let none = [
        ("tokenizer_config.json", "{}"),
        ("config.json", text),
        ("tokenizer_config.json", "no"),
        ("a.jinja", "x"),
    ];
    assert!(none.iter().all(|(path, text)| unfold(path, text).is_none()));
}

#[test]
fn every_cut_of_a_template_is_read_without_harm() {
    for end in (0..USUAL.len()).filter(|end| USUAL.is_char_boundary(*end)) {
        let _ = verdict(&USUAL[..end]);
    }
}
