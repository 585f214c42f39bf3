"""The marker of the slow half of the corpus."""


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "second_order: derivatives of derivatives; a sample unless TAPEGEN_SECOND_ORDER=all"
    )
