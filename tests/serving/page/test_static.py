"""The files of the page, as they lie in the package."""

import re
from html.parser import HTMLParser
from importlib import resources

import pytest

PAGE = resources.files("vaezoo.serving") / "page"
FILES = {entry.name: entry.read_text("utf-8") for entry in PAGE.iterdir()}


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


ELEMENTS = Elements(FILES["index.html"]).found


def test_nothing_is_inline():
    for tag, attributes in ELEMENTS:
        assert not any(name.startswith("on") for name in attributes)
        assert tag != "style"
        assert "style" not in attributes
        assert tag != "script" or "src" in attributes


def test_every_file_that_is_named_is_there_and_every_file_is_named():
    named = {"index.html"}
    for _, attributes in ELEMENTS:
        for name in ("src", "href"):
            address = attributes.get(name, "#")
            assert address.startswith(("page/", "#"))
            named.add(address.removeprefix("page/").split("#")[0])
    for name, text in FILES.items():
        if name.endswith(".js"):
            named.update(re.findall(r'from "\./([\w.]+)"', text))
    assert named - {""} == set(FILES)


def test_every_symbol_is_drawn():
    drawn = set(re.findall(r'<symbol id="(\w+)"', FILES["icons.svg"]))
    scripts = "".join(text for name, text in FILES.items() if name.endswith(".js"))
    used = set(re.findall(r'\bicon\("(\w+)"\)', scripts))
    used |= set(re.findall(r'isDark\(\) \? "(\w+)" : "(\w+)"', scripts)[0])
    used |= set(re.findall(r"icons\.svg#(\w+)", FILES["index.html"]))
    assert used == drawn


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_text_becomes_markup_and_no_other_host_is_named(name):
    text = FILES[name]
    if name.endswith(".js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\b", text)
    addresses = set(re.findall(r"https?://[^\s\"'`]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_every_control_of_the_document_has_a_name():
    labelled = {a["for"] for tag, a in ELEMENTS if tag == "label" and "for" in a}
    for tag, attributes in ELEMENTS:
        if tag in ("input", "select") and attributes["id"] not in labelled:
            in_a_label = attributes.get("type") == "checkbox"
            hidden = "hidden" in attributes and attributes.get("type") == "file"
            assert in_a_label or hidden or attributes.get("aria-label")


def test_every_element_that_a_script_asks_for_is_there():
    ids = {a["id"] for _, a in ELEMENTS if "id" in a}
    assert len(ids) == sum("id" in a for _, a in ELEMENTS)
    for name, text in FILES.items():
        if name.endswith(".js"):
            assert set(re.findall(r'byId\("([\w-]+)"\)', text)) <= ids
