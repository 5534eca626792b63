"""What a customer does on the chat's own page."""

from typing import Any

GREETING = "#log .r1-greeting"
QUESTION = {"en": "How much can I transfer in a day?", "zh": "每天最多能转账多少钱？"}
FACT = {"en": "£25,000", "zh": "25,000 英镑"}
OFF_TOPIC = {"en": "Who won the match last night?", "zh": "你们卖手机壳吗？"}
CRITICAL = {"en": "I lost my card", "zh": "我的银行卡丢了"}


def open_chat(page: Any, url: str) -> Any:
    """The page of the chat of a server, once it has greeted."""
    page.goto(f"{url}/support/")
    page.wait_for_selector(GREETING)
    return page


def language(page: Any) -> str:
    """``en`` or ``zh``, by the greeting."""
    return "zh" if "您好" in page.inner_text("#log") else "en"


def send(page: Any, text: str) -> None:
    """Types a message and presses Enter."""
    page.fill("#composer textarea", text)
    page.press("#composer textarea", "Enter")


def ask(page: Any, question: str) -> Any:
    """Sends a question and returns the bubble that answers it."""
    before = page.locator("#log .r1-bot").count()
    send(page, question)
    answer = page.locator("#log .r1-bot").nth(before)
    answer.wait_for()
    return answer
