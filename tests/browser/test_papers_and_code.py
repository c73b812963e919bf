"""Papers and code made on the web: shown, cited, linked and released."""

from collections.abc import Callable

from browser import Visitor, call, judge, press
from hubserver import Hub
from playwright.sync_api import Page, expect

AUTHORS = "Ada Lovelace <0000-0002-1825-0097>\nCharles Babbage\n"
ABSTRACT = "Kernels were counted.\n\nThey were many."


def write_paper(visitor: Visitor, name: str, **fields: str) -> Page:
    page = visitor.go("/new?kind=paper")
    page.locator("#name").fill(name)
    page.locator("#license").select_option("cc-by-4.0")
    for key, value in fields.items():
        page.locator(f"#{key}").fill(value)
    press(page, "Make it")
    return page


def test_a_paper_is_made_shown_and_cited(
    look: Callable, inside: Callable, way: dict[str, object], member: str, fresh: str
):
    visitor = look(**way, **inside(member))
    facts = {"title": "On counting kernels", "authors": AUTHORS, "published": "2024-05", "abstract": ABSTRACT}
    page = write_paper(visitor, fresh, arxiv="2305.18290", doi="10.1038/s41586-021-03819-2", **facts)
    page.wait_for_url(f"{visitor.url}/papers/ada/{fresh}")
    expect(page.locator("h1")).to_have_text("On counting kernels")
    writers = page.get_by_role("list", name="Authors").get_by_role("listitem")
    expect(writers).to_have_count(2)
    expect(writers.first.get_by_role("link")).to_have_attribute("href", "https://orcid.org/0000-0002-1825-0097")
    expect(writers.last).to_have_text("Charles Babbage")
    paper = page.get_by_label("The paper", exact=True)
    expect(paper.locator(".prose p")).to_have_text(["Kernels were counted.", "They were many."])
    expect(paper.get_by_role("link", name="arXiv:2305.18290")).to_have_attribute(
        "href", "https://arxiv.org/abs/2305.18290"
    )
    expect(paper.get_by_role("link", name="doi:10.1038")).to_be_visible()
    expect(paper).to_contain_text("2024-05")
    judge(page, way, "a paper")
    bibtex = page.locator("#cite pre").inner_text()
    for part in ["On counting kernels", "Lovelace", "Babbage", "2024", "2305.18290", "10.1038/s41586-021-03819-2"]:
        assert part in bibtex, f"{part} is not in {bibtex}"
    assert page.locator("meta[name=citation_author]").count() == 2
    cff = page.request.get(visitor.url + page.get_by_role("link", name="CITATION.cff").get_attribute("href"))
    assert "On counting kernels" in cff.text() and "family-names" in cff.text()
    for list_of_works in ["/papers", "/search?q=counting+kernels", "/ada"]:
        found = visitor.go(list_of_works).get_by_role("link", name="On counting kernels")
        expect(found.and_(page.locator(f"[href='/papers/ada/{fresh}']"))).to_have_count(1)


def test_a_paper_with_a_wrong_field_is_refused_and_keeps_the_others(
    look: Callable, inside: Callable, sight: dict[str, object], member: str, fresh: str
):
    visitor = look(**sight, **inside(member))
    page = write_paper(visitor, fresh, title="Kernels", authors=AUTHORS, doi="nonsense", abstract=ABSTRACT)
    expect(page.locator("#doi-e")).to_be_visible()
    expect(page.locator("#doi")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#kind-paper")).to_be_checked()
    for field, value in [("title", "Kernels"), ("doi", "nonsense"), ("abstract", ABSTRACT)]:
        expect(page.locator(f"#{field}")).to_have_value(value)
    judge(page, sight, "a paper with a fault")
    page.locator("#doi").fill("")
    page.locator("#title").fill("")
    press(page, "Make it")
    expect(page.locator("#title-e")).to_have_text("A paper has a title.")


def test_code_is_made_filled_and_released_by_a_tag(
    look: Callable, inside: Callable, way: dict[str, object], hub: Hub, member: str, fresh: str
):
    visitor = look(**way, **inside(member))
    page = visitor.go("/new")
    page.locator("#kind-code").check()
    page.locator("#name").fill(fresh)
    page.locator("#license").select_option("mit")
    press(page, "Make it")
    page.wait_for_url(f"{visitor.url}/code/ada/{fresh}")
    expect(page.locator("main")).to_contain_text("a tag is a release")
    page = visitor.go(f"/code/ada/{fresh}/new/main/src")
    page.locator("#path").fill("src/grow.py")
    page.locator("#text").fill("def grow():\n    return 1\n")
    press(page, "Publish")
    page.wait_for_url(f"{visitor.url}/code/ada/{fresh}/blob/main/src/grow.py")
    expect(page.get_by_label("Line 2", exact=True)).to_be_attached()
    call(hub, member, f"/api/code/ada/{fresh}/tag/main", {"tag": "v1.0"})
    page = visitor.go(f"/code/ada/{fresh}")
    release = page.get_by_role("region", name="Releases").get_by_role("link", name="v1.0")
    judge(page, way, "code with a release")
    release.click()
    page.wait_for_url(f"{visitor.url}/code/ada/{fresh}/tree/v1.0")
    expect(page.get_by_role("table")).to_contain_text("src")
    expect(visitor.go(f"/code/ada/{fresh}/refs").get_by_role("region", name="Tags", exact=True)).to_contain_text("v1.0")


def test_a_model_that_names_a_paper_and_code_is_linked_from_both(
    look: Callable, inside: Callable, hub: Hub, member: str, fresh: str
):
    visitor = look(**inside(member))
    write_paper(visitor, f"{fresh}-paper", title="On linking", authors="Ada Lovelace").wait_for_url("**/papers/**")
    call(hub, member, "/api/repos/create", {"type": "code", "name": f"{fresh}-code"})
    page = visitor.go("/new")
    page.locator("#name").fill(fresh)
    press(page, "Make it")
    page.wait_for_url(f"{visitor.url}/ada/{fresh}")
    page = visitor.go(f"/ada/{fresh}/new/main")
    page.locator("#path").fill("README.md")
    page.locator("#text").fill(f"---\npapers:\n- ada/{fresh}-paper\ncode:\n- ada/{fresh}-code\n---\n# Linked\n")
    press(page, "Publish")
    page.wait_for_url("**/blob/main/README.md")
    page = visitor.go(f"/ada/{fresh}")
    page.get_by_role("region", name="Papers", exact=True).get_by_role("link", name="On linking").click()
    page.wait_for_url(f"**/papers/ada/{fresh}-paper")
    expect(page.get_by_role("complementary").get_by_role("link", name=f"ada/{fresh}", exact=True)).to_be_visible()
    page = visitor.go(f"/code/ada/{fresh}-code")
    expect(page.get_by_role("complementary").get_by_role("link", name=f"ada/{fresh}", exact=True)).to_be_visible()
