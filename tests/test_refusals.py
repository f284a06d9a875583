"""Whatever the server refuses or rules, the page can say in Chinese."""

import ast
import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from sanchat import errors

ROOT = Path(__file__).resolve().parents[1]
CHINESE = json.loads((ROOT / "web/locales/refusals.zh-CN.json").read_text(encoding="utf-8"))
KINDS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ChatError)
}
# What a name in a sentence stands for, where it stands for words and not for somebody's.
WORDS = {
    "_because(ban)": [".", ": {}."],
    "_PLURALS[least]": ["moderators", "administrators", "owners"],
    "_PARTICIPLES[change.kind]": ["banned", "muted", "kicked"],
    "where": ["", " in {}"],
    "_where(room)": ["here", "in {}"],
    "because": [".", ": {}."],
}


def sentences(node: ast.expr) -> list[str]:
    """What an expression can come to, with `{}` for what is only known when it is said."""
    match node:
        case ast.Constant(value=str(words)):
            return [words]
        case ast.JoinedStr(values=parts):
            return ["".join(choice) for choice in product(*map(sentences, parts))]
        case ast.FormattedValue(value=value):
            return WORDS.get(ast.unparse(value), ["{}"])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(choice) for choice in product(sentences(left), sentences(right))]
        case ast.IfExp(body=body, orelse=orelse):
            return sentences(body) + sentences(orelse)
    return WORDS.get(ast.unparse(node), [])


def refusals(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[words, *_]) if name in KINDS:
                yield from sentences(words)
            case ast.Call(func=ast.Attribute(attr="__init__"), args=[words]) if (
                path.name == "errors.py"
            ):
                yield from sentences(words)
            case ast.Call(func=ast.Attribute(attr="_say"), args=[*_, words]) if (
                path.name == "bans.py"
            ):
                yield from sentences(words)


def said() -> set[str]:
    # Imports are made at a shell, and speak its language.
    paths = [path for path in (ROOT / "sanchat").rglob("*.py") if path.name != "adopting.py"]
    return {sentence for path in paths for sentence in refusals(path)}


def test_every_sentence_of_a_refusal_has_its_chinese():
    patterns = [".+".join(map(re.escape, sentence.split("{}"))) for sentence in CHINESE]
    unknown = {one for one in said() if not any(re.fullmatch(p, one) for p in patterns)}
    assert unknown == {"There is no database at {}."}  # of a shell


def test_no_chinese_is_left_of_sentences_that_are_said_no_more():
    assert CHINESE.keys() - said() == set()


def test_no_sentence_is_taken_for_one_that_says_less():
    def words(sentence):
        return len(sentence.replace("{}", ""))

    for sentence in CHINESE:
        example = sentence.replace("{}", "bob")
        for other in sorted(CHINESE, key=words, reverse=True):  # the page asks in this order
            if re.fullmatch(".+".join(map(re.escape, other.split("{}"))), example):
                assert CHINESE[other] == CHINESE[sentence], (sentence, other)
                break


@pytest.mark.parametrize(("sentence", "chinese"), CHINESE.items())
def test_what_a_sentence_names_stands_in_the_chinese_or_is_understood(sentence, chinese):
    places = sentence.count("{}")
    assert chinese.endswith("。")
    assert not any(f"{{{place}}}" in chinese for place in range(places + 1, 10))
