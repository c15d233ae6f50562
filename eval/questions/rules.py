"""Makes English and Chinese questions by rules, from headings, definitions, values, table cells.

A heading becomes a question about its section; "X is a …", "X means …", "X是指…" become "what is
X"; "X has a Y of 12 mm", "X不超过八十元" become questions for the value; a cell becomes one for its
row and column. Sentences that need their context (pronouns) are left out.

Limits: the questions use the words of the text, which helps lexical search; rephrase some in the
review. Few sentences have such a form, and some questions will be clumsy: reject them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from eval.questions.proposals import Kind, Proposal
from ingest.text.language import language_of
from ingest.text.scripts import HAN_COMMON
from ingest.text.sentences import split_sentences
from ingest.types import Block, Document, Table
from rag.types import Language


def _split_words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_NUMBERING = re.compile(
    r"^\s*(?:第\s*[\d一二三四五六七八九十百零〇]+\s*[章节条编部分]+\s*|[一二三四五六七八九十]+\s*[、.．]\s*"
    r"|[（(][\d一二三四五六七八九十]+[)）]\s*|(?:\d+|[A-Z]|[IVXL]+)(?:\.\d+)*[.)]?\s+)+"
)
_EMPTY_HEADINGS = _split_words(
    "abstract introduction summary conclusion conclusions references bibliography contents index "
    "appendix acknowledgements acknowledgments discussion results background overview notes "
    "general preface foreword "
    "目录 摘要 引言 前言 绪论 概述 总则 附则 结论 总结 参考文献 附录 致谢 说明 背景"
)
_LEAST_SECTION = {"en": 120, "zh": 40}
_CAPTION_NUMBER = re.compile(
    r"^\s*(?:(?:table|figure|fig\.?|exhibit)\s*[\dA-Z]+(?:[.\-–]\d+)*|[表图]\s*\d+(?:[.\-–]\d+)*)\s*[.:：、]?\s*",
    re.IGNORECASE,
)
_LONGEST_CELL = 60
_YEAR = re.compile(r"^(?:FY\s?)?(?:18|19|20)\d\d\s*(?:[年*†]|[-–/]\s*\d{2,4})?$")
_MONEY = re.compile(
    r"(?<![^\W\d_])(?:usd|eur|gbp|cny|rmb|us|thousand|million|billion|mn|bn|m|k)(?![^\W\d_])"
    r"|[万亿美欧]?元",
    re.IGNORECASE,
)
_VALUE_COLUMNS = _split_words("value values amount number 数值 值 参数 金额 数量")

_DEPENDENT_START = re.compile(
    r"^(?:it|this|that|these|those|there|they|he|she|we|you|i|which|what|who|one|both|each|all"
    r"|here|such|its|their|our|below|above|although|though|however|while|whereas|when|where|if"
    r"|because|since|as|unless|until|after|before|but|and|or|nor|so|yet|thus|hence|therefore"
    r"|also|then|now|moreover|furthermore|otherwise|instead|overall|for|in|on|at|by|with|from)\b",
    re.IGNORECASE,
)
_CONJUNCTION = re.compile(
    r"^(?:although|though|because|whereas|however|and|but|or|nor|yet|unless|therefore|moreover"
    r"|furthermore)\b",
    re.IGNORECASE,
)
_STOP_WORDS = _split_words(
    "a an the this that these those it its they their we our you your he she his her i there here "
    "below above following previous next other others another more most all both each any some "
    "such same and or but nor of to in on at by for with from as is are was were be been has have "
    "had do does did not no only also then than so if when where while although however continued "
    "see page"
)
_SUBJECT = r"(?P<x>[A-Z0-9“\"][^,;:()]{1,60}?)"
_AMOUNT = (
    r"(?P<v>(?:[€$£¥]\s?)?\d[\d.,]*\d?(?:\s?(?:%|per ?cent|°\s?[CF]|[a-zA-Zµ°/²³]{1,8})"
    r"(?:\s(?:days?|months?|years?|hours?|minutes?))?)?)"
)
_MEANS_EN = re.compile(
    rf"^{_SUBJECT} (?:means|refers to|stands for|is defined as|are defined as|denotes) (?P<d>.+)$"
)
_IS_EN = re.compile(rf"^{_SUBJECT} (?:is|are) (?P<d>(?:a|an|the) .+)$")
_HAS_EN = re.compile(
    rf"^{_SUBJECT} (?:has|have|had) an? (?P<y>[a-z][a-z \-]{{2,40}}) of {_AMOUNT}\b"
)
_EQUALS_EN = re.compile(
    rf"^(?P<x>The [^,;:()]{{3,60}}?) (?:is|are|was|were) "
    rf"(?:(?:about|approximately|at least|at most|up to|limited to|set to) )?"
    rf"{_AMOUNT}(?=[\s.,;)]|$)"
)
_CLAUSE_EN = re.compile(r"[,;:()]|\s(?:that|which|who|whose|where|when|because|if|while|and)\s")

_HAN = rf"[{HAN_COMMON}A-Za-z0-9“”]"
_MEANS_ZH = re.compile(
    rf"^(?:本?[{HAN_COMMON}]{{0,6}}所称)?(?:的)?(?P<x>{_HAN}{{2,20}}?)[，,]?(?:是指|系指|指的是|的含义是|即为)(?P<d>.+)$"
)
_NUMBER_ZH = r"(?:\d[\d.,]*|[一二三四五六七八九十百千万两零]+)"
_UNIT_ZH = (
    r"(?:个工作日|个月|小时|分钟|公里|千米|厘米|毫米|公斤|千克|摄氏度|万元|元|美元|天|日|年|月|米|克|升|瓦|伏|倍|次|人|名|份"
    r"|%|％|℃|[a-zA-Z°/²³]{1,6})"
)
_EQUALS_ZH = re.compile(
    rf"(?:^|[，。；：])(?P<x>[{HAN_COMMON}]{{2,16}}?)(?:为|是|不超过|不得超过|不少于|不得少于|不低于|不高于|达到|约为)"
    rf"(?P<v>{_NUMBER_ZH}\s?{_UNIT_ZH})"
)
_CLAUSE_ZH = re.compile(r"[，；：。（）]")
_DEPENDENT_START_ZH = re.compile(
    r"^(?:其|它|该|此|这|那|每[天日年月人次]|本条|前款|上述|一般|如果|若)"
)


def propose_by_rules(document: Document, file: str) -> list[Proposal]:
    """Return the proposals of all rules: from headings, from tables, then from sentences."""
    name = _find_title(document, file)
    found = [
        *_propose_from_headings(document, file, name),
        *_propose_from_tables(document, file, name),
    ]
    for page in document.pages:
        for block in page.blocks:
            if block.kind in ("text", "list"):
                found += _propose_from_sentences(block.text, file, page.number, name)
    return found


def _find_title(document: Document, file: str) -> str:
    titles = [block.text for block in document.blocks if block.kind == "title"]
    return " ".join(titles[0].split()) if titles else file.rsplit(".", 1)[0]


# --- headings ------------------------------------------------------------------------------------


def _propose_from_headings(document: Document, file: str, name: str) -> Iterator[Proposal]:
    blocks = [(page.number, block) for page in document.pages for block in page.blocks]
    for number, (page, block) in enumerate(blocks):
        if block.kind != "heading":
            continue
        body = _collect_section(blocks[number + 1 :])
        text = " ".join(each.text for _, each in body)
        subject = _NUMBERING.sub("", " ".join(block.text.split())).strip(" .:：")
        language = language_of(subject)
        if not _says_something(subject) or len(text) < _LEAST_SECTION[language]:
            continue
        question = (
            f"《{name}》里关于“{subject}”是怎么说的？"
            if language == "zh"
            else f"What does “{name}” say about “{subject}”?"
        )
        pages = tuple(sorted({page, *(at for at, _ in body[:3])}))
        yield Proposal("heading", language, question, file, pages, "", f"{subject}\n{text[:300]}")


def _collect_section(following: Sequence[tuple[int, Block]]) -> list[tuple[int, Block]]:
    """Return the text up to the next heading."""
    body: list[tuple[int, Block]] = []
    for page, block in following:
        if block.kind in ("heading", "title"):
            break
        if block.kind in ("text", "list"):
            body.append((page, block))
    return body


def _says_something(heading: str) -> bool:
    words = heading.casefold()
    long_enough = len(heading) >= (2 if language_of(heading) == "zh" else 5)
    named = words not in _EMPTY_HEADINGS and not _only_stop_words(heading)
    return long_enough and named and len(heading) <= 80 and not _CONJUNCTION.match(heading)


def _only_stop_words(text: str) -> bool:
    return set(re.findall(r"[^\W_]+", text.casefold())) <= _STOP_WORDS


# --- sentences -----------------------------------------------------------------------------------


def _propose_from_sentences(text: str, file: str, page: int, name: str) -> Iterator[Proposal]:
    for start, end in split_sentences(text):
        sentence = " ".join(text[start:end].split())
        if language_of(sentence) == "zh":
            yield from _propose_chinese(_NUMBERING.sub("", sentence), file, page, name)
        else:
            yield from _propose_english(sentence, file, page)


def _propose_english(sentence: str, file: str, page: int) -> Iterator[Proposal]:
    if _DEPENDENT_START.match(sentence):
        return

    def build_proposal(kind: Kind, question: str, answer: str) -> Proposal:
        return Proposal(kind, "en", question, file, (page,), answer, sentence)

    body = sentence.rstrip(".!")
    if match := _HAS_EN.match(sentence):
        verb = "do" if _is_plural(match["x"]) else "does"
        question = f"What {match['y']} {verb} {_lower_article(match['x'])} have?"
        yield build_proposal("value", question, match["v"].rstrip(".,"))
    elif match := _EQUALS_EN.match(sentence):
        yield build_proposal(
            "value", f"What is {_lower_article(match['x'])}?", match["v"].rstrip(".,")
        )
    elif match := _MEANS_EN.match(body) or _IS_EN.match(body):
        answer = _CLAUSE_EN.split(match["d"], maxsplit=1)[0].strip()
        words = len(answer.split())
        named = not _only_stop_words(match["x"]) and len(match["x"].split()) <= 6
        if 2 <= words <= 12 and named:
            verb = "are" if _is_plural(match["x"]) else "is"
            yield build_proposal("definition", f"What {verb} {_lower_article(match['x'])}?", answer)


def _propose_chinese(sentence: str, file: str, page: int, name: str) -> Iterator[Proposal]:
    def build_proposal(kind: Kind, question: str, answer: str) -> Proposal:
        return Proposal(kind, "zh", question, file, (page,), answer, sentence)

    if match := _MEANS_ZH.match(sentence):
        answer = _CLAUSE_ZH.split(match["d"], maxsplit=1)[0].strip()
        if not _DEPENDENT_START_ZH.match(match["x"]) and 2 <= len(answer) <= 40:
            subject = match["x"].strip("“”")
            yield build_proposal("definition", f"《{name}》中的“{subject}”是指什么？", answer)
        return
    for match in _EQUALS_ZH.finditer(sentence):
        if not _DEPENDENT_START_ZH.match(match["x"]):
            yield build_proposal("value", f"《{name}》中，{match['x']}是多少？", match["v"])


def _lower_article(subject: str) -> str:
    """Return a subject as it stands within a sentence: "The rotor" becomes "the rotor"."""
    first, _, rest = subject.partition(" ")
    return f"{first.lower()} {rest}" if first in ("The", "A", "An") and rest else subject


def _is_plural(subject: str) -> bool:
    last = subject.split()[-1].casefold()
    return last.endswith("s") and not last.endswith(("ss", "us", "is"))


# --- tables --------------------------------------------------------------------------------------


def _propose_from_tables(document: Document, file: str, name: str) -> Iterator[Proposal]:
    for page in document.pages:
        for number, block in enumerate(page.blocks):
            if block.kind == "table" and block.table is not None:
                caption = _find_caption(page.blocks, number) or name
                yield from _propose_from_cells(block.table, file, page.number, caption)


def _find_caption(blocks: Sequence[Block], number: int) -> str:
    beside = [blocks[at] for at in (number - 1, number + 1) if 0 <= at < len(blocks)]
    for block in beside:
        if block.kind == "caption":
            return _CAPTION_NUMBER.sub("", " ".join(block.text.split())).rstrip(".。")
    return ""


def _propose_from_cells(table: Table, file: str, page: int, caption: str) -> Iterator[Proposal]:
    grid = {(cell.row, cell.column): " ".join(cell.text.split()) for cell in table.cells}
    if any(cell.row_span > 1 or cell.column_span > 1 for cell in table.cells):
        return  # a head that spans belongs to several columns
    if any(_is_amount(grid.get((0, column), "")) for column in range(1, table.columns)):
        return  # the first row is data, so nothing names the columns
    labels = [_find_row_label(grid, row) for row in range(table.rows)]
    for row in range(1, table.rows):
        for column in range(1, table.columns):
            label, head, text = labels[row], grid.get((0, column), ""), grid.get((row, column), "")
            if _worth_asking(label, head, text) and labels.count(label) == 1:
                source = f"{caption}\n{' | '.join((label, head, text))}"
                question, language = _cell_question(label, head, text, caption)
                yield Proposal("table", language, question, file, (page,), text, source)


def _find_row_label(grid: Mapping[tuple[int, int], str], row: int) -> str:
    """Return the label of a row; a number alone is a label only with the head of its column."""
    label = grid.get((row, 0), "")
    if any(map(str.isalpha, label)):
        return label
    head = grid.get((0, 0), "")
    return f"{head} {label}" if label and any(map(str.isalpha, head)) else ""


def _is_amount(text: str) -> bool:
    """Say whether a cell is a number, share or sum of money, but no year: it is then no head."""
    if not any(map(str.isdigit, text)) or _YEAR.match(text):
        return False
    return not any(map(str.isalpha, _MONEY.sub("", text)))


def _worth_asking(label: str, head: str, text: str) -> bool:
    """Say whether a cell has a label, a head that says something, and an answer to give."""
    least = 2 if language_of(head) == "zh" else 3
    answers = any(map(str.isdigit, text)) or sum(map(str.isalpha, text)) >= least
    return bool(label) and len(head) >= least and answers and len(text) <= _LONGEST_CELL


def _cell_question(label: str, head: str, text: str, caption: str) -> tuple[str, Language]:
    plain = head.casefold() in _VALUE_COLUMNS
    if language_of(f"{label}{head}{caption}") == "zh":
        what = label if plain else f"{label}的{head}"
        asked = "多少" if any(map(str.isdigit, text)) else "什么"
        return f"{caption}：{what}是{asked}？", "zh"
    bare = not any(map(str.isalpha, label.rsplit(" ", 1)[-1])) and label[-1:].isdigit()
    inner = label if plain else f"{head} {'at' if bare else 'of'} {label}"
    return f"{caption}: what is the {inner[:1].lower()}{inner[1:]}?", "en"
