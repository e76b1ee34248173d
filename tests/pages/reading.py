"""How tests read a page in Streamlit's simulator and press its buttons."""

from streamlit.testing.v1 import AppTest


def press(page: AppTest, label: str) -> AppTest:
    """The page after a click on the button with this label."""
    return next(button for button in page.button if button.label == label).click().run()


def read(page: AppTest) -> str:
    """All words of the page's texts, in order."""
    texts = [*page.markdown, *page.caption, *page.info, *page.error, *page.title, *page.warning]
    return "\n".join(str(text.value).replace("\\", "") for text in texts)
