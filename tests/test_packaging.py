"""What is installed is what is in the tree, all of it inside one package."""

import configparser
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ("sanchat", "cli", "web", "migrations")
LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", "*.pyc", ".*")
NOT_SHIPPED = ("package.json", "package-lock.json", "tools/")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, so that nothing of an earlier build gets in."""
    tree = tmp_path_factory.mktemp("tree")
    for name in SOURCES:
        shutil.copytree(ROOT / name, tree / name, ignore=LEFT_OUT)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir"]
    built = subprocess.run([*command, tree / "dist", tree], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return next((tree / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A new environment with the wheel alone; what it depends on is lent by this one."""
    place = tmp_path_factory.mktemp("venv")
    venv.create(place, with_pip=False, symlinks=True)
    python = place / "bin" / "python"
    show = "import sysconfig; print(sysconfig.get_path('purelib'))"
    ours = subprocess.check_output([sys.executable, "-c", show], text=True).strip()
    theirs = Path(subprocess.check_output([python, "-c", show], text=True).strip())
    zipfile.ZipFile(wheel).extractall(theirs)
    # By path, not as a site folder: the editable install of this environment must not come along.
    (theirs / "lent.pth").write_text(ours + "\n")
    return python


def test_the_wheel_holds_every_file_of_the_tree_and_no_other(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert names == set(expected())


def expected():
    for folder in SOURCES:
        inside = "" if folder == "sanchat" else f"{folder}/"
        for path in (ROOT / folder).rglob("*"):
            name = path.relative_to(ROOT / folder).as_posix()
            hidden = any(part.startswith((".", "__pycache__")) for part in Path(name).parts)
            aside = name.startswith(NOT_SHIPPED) or "node_modules" in Path(name).parts
            if path.is_file() and not hidden and not (folder == "web" and aside):
                yield f"sanchat/{inside}{name}"


def test_nothing_but_sanchat_is_put_into_site_packages(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"sanchat"}


def test_the_licences_of_what_is_shipped_are_shipped(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    licences = {name.split("/licenses/")[1] for name in names if "/licenses/" in name}

    assert "LICENSE" in licences
    if (ROOT / "web" / "vendor").is_dir():
        assert "web/vendor/LICENSES.txt" in licences


def test_the_commands_start_where_only_the_wheel_is_installed(wheel, installed, tmp_path):
    archive = zipfile.ZipFile(wheel)
    [entry] = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
    scripts = configparser.ConfigParser()
    scripts.read_string(archive.read(entry).decode())

    assert set(scripts["console_scripts"]) == {"sanchat", "sanchat-admin"}
    for target in scripts["console_scripts"].values():
        module, app = target.split(":")
        code = f"import sys; from {module} import {app}; sys.argv[1:] = ['--help']; {app}()"
        run = subprocess.run(
            [installed, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert run.returncode == 0, run.stderr
        assert "Usage" in run.stdout


def test_the_page_and_the_migrations_are_found_when_installed(installed, tmp_path):
    code = (
        "from sanchat.paths import data_dir\n"
        "print(data_dir('web')); print(*data_dir('migrations').rglob('*.sql'))"
    )

    run = subprocess.run([installed, "-c", code], capture_output=True, text=True, cwd=tmp_path)

    page, migrations = run.stdout.splitlines()
    assert page.endswith("site-packages/sanchat/web"), run.stderr
    assert "0001" in migrations
    assert str(ROOT) not in run.stdout
