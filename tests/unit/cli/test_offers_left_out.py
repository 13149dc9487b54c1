"""Why offers were left out is told once for each reason, with the first of them by name."""

from creditbank.cli.evaluations import by_reason


def left_out(*titles: str, because: str) -> list[dict[str, str]]:
    return [{"title": title, "sentence": because} for title in titles]


def test_each_reason_is_a_line_that_names_three_and_counts_the_rest() -> None:
    offers = [*left_out("a", "b", because="Too old."), *left_out("c", "d", "e", "f", because="Elsewhere.")]
    assert by_reason(offers) == ["a, b: Too old.", "c, d, e and 1 more: Elsewhere."]


def test_three_are_all_named() -> None:
    assert by_reason(left_out("a", "b", "c", because="Too old.")) == ["a, b, c: Too old."]
