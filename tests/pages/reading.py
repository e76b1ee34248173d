"""How tests read a page in Streamlit's simulator and press its buttons."""

from streamlit.testing.v1 import AppTest

from tricks.settings import ROOT


def open_train(**link: str) -> AppTest:
    """The first page with this link."""
    page = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=20)
    for name, value in link.items():
        page.query_params[name] = value
    return page.run()


def list_buttons(page: AppTest) -> list[str]:
    """What can be pressed."""
    return [button.label for button in page.button if not button.disabled]


def press(page: AppTest, label: str) -> AppTest:
    """The page after a click on the button with this label."""
    return next(button for button in page.button if button.label == label).click().run()


def read(page: AppTest) -> str:
    """All words of the page's texts, in order."""
    texts = [*page.title, *page.header, *page.markdown, *page.caption, *page.info, *page.error, *page.warning]
    return "\n".join(str(text.value).replace("\\", "") for text in texts)
