"""What a question wants is told by its form, alike in English and Chinese."""

from __future__ import annotations

import pytest

from rag.question.kind import QuestionKind, find_kind, summary_subject


@pytest.mark.parametrize(
    ("kind", "english", "chinese"),
    [
        ("fact", "What does the machine do if E05 appears?", "它采用什么材料？"),
        ("number", "How much is a tyre change?", "水的沸点是多少？"),
        ("date", "When was the bridge opened?", "大桥何时通车？"),
        ("person", "Who wrote the report?", "报告是谁写的？"),
        ("place", "Where is the office?", "办公室在哪里？"),
        ("yes_no", "Can the filter be washed?", "滤芯可以清洗吗？"),
        ("definition", "What is attention?", "什么是注意力机制？"),
        ("list", "List all error codes", "列出所有错误代码"),
        ("count", "How many meters leak?", "有多少台水表漏水？"),
        ("comparison", "Which invoice is higher, 2023 or 2024?", "2023年和2024年的发票哪个更高？"),
        ("comparison", "Compare the two invoices", "比较这两张发票"),
        ("comparison", "Does Acme or Beta have the higher revenue?", "甲和乙有什么区别？"),
        ("superlative", "Which city has the highest population?", "哪个城市人口最多？"),
        ("computation", "How much more did we earn in 2022 than in 2021?", "收入增长了多少？"),
        ("computation", "What is the average temperature?", "总收入合计是多少？"),
        ("procedure", "How do I set the time?", "怎么设置时间？"),
        ("procedure", "Can you tell me how to set the time?", "请问如何更换滤芯？"),
        ("reason", "Why did the pump stop?", "水泵为什么停机？"),
        ("condition", "When must the filter be replaced?", "什么时候必须更换滤芯？"),
        ("summary", "Summarise the paper", "总结一下这篇论文"),
        ("summary", "give me an overview of chapter 3", "这份文件讲了什么？"),
        ("summary", "What is this document about?", "概括退款政策的要点"),
        ("topic", "battery safety", "电池安全"),
        ("inventory", "What documents are there?", "有哪些文件？"),
        ("inventory", "list the documents", "这些文档讲了什么？"),
        ("inventory", "Which files do you have?", "列出所有文档"),
        ("inventory", "what can I ask?", "这里有什么？"),
    ],
)
def test_kinds(kind: QuestionKind, english: str, chinese: str) -> None:
    assert (find_kind(english), find_kind(chinese)) == (kind, kind)


@pytest.mark.parametrize(
    "text",
    [
        "Which documents are needed for a visa?",
        "List the documents that the applicant must bring",
        "需要哪些文件？",
        "申请签证要列出哪些文件？",
    ],
)
def test_documents_that_somebody_needs_are_no_inventory(text: str) -> None:
    assert find_kind(text) != "inventory"


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Summarise the paper", ""),
        ("What is this document about?", ""),
        ("Give me a short summary of the refund policy", "refund policy"),
        ("What are the main findings on beam search?", "beam search"),
        ("总结一下这篇论文", ""),
        ("这份文件讲了什么？", ""),
        ("概括退款政策的要点", "退款政策"),
    ],
)
def test_summary_subject(text: str, subject: str) -> None:
    assert summary_subject(text) == subject
