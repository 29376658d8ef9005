"""What pyproject.toml has no words for: the data of the repository go into the package, as `rust_edu/data`."""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["rust_edu*"]), "rust_edu.data"],
    package_dir={"rust_edu.data": "data"},
    package_data={
        "rust_edu": ["**/*.css", "**/*.js", "**/*.json", "**/*.template"],
        # neither the cache nor figures
        "rust_edu.data": ["README.md", "results.json", "poses/*", "test/*/*", "weights/*"],
    },
    include_package_data=False,
)
