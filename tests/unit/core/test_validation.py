"""What is wrong with a file or a setting is told in plain words, never with what stands there."""

from datetime import date, time
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    FiniteFloat,
    HttpUrl,
    TypeAdapter,
    ValidationError,
    create_model,
)

from core.validation import problems


class _Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (int, "secret", "a whole number is expected"),
        (int, 1.5, "a whole number is expected"),
        (float, "secret", "a number is expected"),
        (FiniteFloat, float("nan"), "a finite number is expected"),
        (bool, "secret", "true or false is expected"),
        (str, 3, "a text is expected"),
        (date, "secret", "a date is written like 2026-01-31"),
        (time, "secret", "a time is written like 08:30:00"),
        (HttpUrl, "secret", "a web address like https://example.com is expected"),
        (HttpUrl, "ftp://secret", "a web address like https://example.com is expected"),
        (tuple[str, ...], "secret", "a list is expected"),
        (frozenset[str], "secret", "a list is expected"),
        (EmailStr, "se!cret@exam!ple.com", "an e-mail address is expected"),
        (dict[str, str], "secret", "named fields are expected"),
        (Literal["en", "zh"], "secret", "one of 'en' or 'zh' is expected"),
        (_Colour, "secret", "one of 'red' is expected"),
        (Annotated[int, Field(ge=1)], 0, "at least 1 is expected"),
        (Annotated[float, Field(gt=0)], 0, "more than 0 is expected"),
        (Annotated[float, Field(le=2)], 3, "at most 2 is expected"),
        (Annotated[int, Field(lt=2)], 3, "less than 2 is expected"),
        (Annotated[str, Field(min_length=20)], "secret", "at least 20 characters are expected"),
        (Annotated[str, Field(max_length=2)], "secret", "at most 2 characters are expected"),
        (Annotated[str, Field(pattern="^[0-9]+$")], "secret", "it must match ^[0-9]+$"),
        (Annotated[tuple[str, ...], Field(min_length=1)], [], "it is empty"),
        (Annotated[tuple[str, ...], Field(min_length=2)], ["secret"], "at least 2 are expected"),
        (Annotated[str, Field(min_length=1)], "", "it is empty"),
        (Annotated[tuple[str, ...], Field(max_length=1)], ["secret", "b"], "at most 1 are expected"),
    ],
)
def test_a_value(kind: Any, value: object, told: str) -> None:
    model = create_model("Model", field=(kind, ...))
    with pytest.raises(ValidationError) as refused:
        model.model_validate({"field": value})
    assert problems(refused.value) == [f"field: {told}"]


def test_every_problem_is_told() -> None:
    class File(BaseModel):
        model_config = ConfigDict(extra="forbid")
        phone: str
        hours: tuple[time, ...]

    with pytest.raises(ValidationError) as refused:
        File.model_validate({"hours": ["late"], "fax": "secret"})
    assert problems(refused.value) == [
        "phone: it is missing",
        "hours.0: a time is written like 08:30:00",
        "fax: there is no such field",
    ]
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Annotated[tuple[File, ...], Field(min_length=1)]).validate_python([{"phone": "1", "hours": 3}])
    assert problems(refused.value) == ["0.hours: a list is expected"]
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(File).validate_python("secret")
    assert problems(refused.value) == ["named fields are expected"]
