"""The store: files and databases of other programs, permissions, damage, and bytes that were removed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pulumi_ftjobs.cli.command_table import app

from .application import Api, Wall, chat

OURS = "file-Abcdefghij0123456789xy"


def refused(store: Path) -> str:
    """What `ftjobs serve` says in its one line when it cannot start on this store."""
    run = CliRunner().invoke(app, ["serve", "--port", "0", "--store", str(store)])
    assert run.exit_code == 1
    assert len(run.output.splitlines()) == 1
    return run.output


def test_only_its_own_leftovers_are_swept(tmp_path: Path, wall: Wall) -> None:
    Api(tmp_path / "store", wall).close()
    folder = tmp_path / "store.files"
    (folder / "thesis.txt").write_text("precious")
    (folder / OURS).write_text("half")
    (folder / OURS.replace("x", "z")).mkdir()
    (folder / "sub").mkdir()
    Api(tmp_path / "store", wall).close()

    assert {path.name for path in folder.iterdir()} == {"thesis.txt", "sub", OURS.replace("x", "z")}


def test_beside_a_missing_database_nothing_is_swept(tmp_path: Path, wall: Wall) -> None:
    folder = tmp_path / "store.files"
    folder.mkdir()
    (folder / OURS).write_text("the only copy")
    Api(tmp_path / "store", wall).close()

    assert (folder / OURS).read_text() == "the only copy"


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    store = tmp_path / "app.db"
    other = sqlite3.connect(store)
    other.execute("CREATE TABLE jobs (a, b)")
    other.commit()
    other.close()
    before = store.read_bytes()

    assert "it is another program's database" in refused(store)
    assert store.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["app.db"]


def test_what_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    store = tmp_path / "notes.txt"
    store.write_text("hello world, no database\n" * 100)

    assert "file is not a database" in refused(store)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_the_server_that_holds_the_store_is_named_as_the_reason(tmp_path: Path, wall: Wall) -> None:
    first = Api(tmp_path / "store", wall)
    said = refused(tmp_path / "store")
    first.close()

    assert f"cannot open the store {tmp_path / 'store'}: another server holds it" in said


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def test_a_store_can_be_read_by_its_owner_alone(tmp_path: Path, wall: Wall) -> None:
    store = tmp_path / "store"
    api = Api(store, wall)
    uploaded = api.services.store.bytes_of(api.upload()["id"])
    job = api.until(api.create(), "succeeded")
    result = api.services.store.bytes_of(job["result_files"][0])

    assert {mode(path) for path in (store, store.with_name("store-wal"), uploaded, result)} == {"0o600"}
    assert mode(tmp_path / "store.files") == "0o700"
    api.close()


def test_a_store_that_others_could_read_is_closed_to_them(tmp_path: Path, wall: Wall) -> None:
    Api(tmp_path / "store", wall).close()
    (tmp_path / "store").chmod(0o644)
    (tmp_path / "store.files").chmod(0o755)
    Api(tmp_path / "store", wall).close()

    assert (mode(tmp_path / "store"), mode(tmp_path / "store.files")) == ("0o600", "0o700")


def test_a_store_with_a_damaged_page_is_one_sentence(tmp_path: Path, wall: Wall) -> None:
    api = Api(tmp_path / "store", wall)
    for _ in range(40):
        api.upload()
    api.close()
    data = bytearray((tmp_path / "store").read_bytes())
    data[4096 : 4096 * 8] = b"\xff" * (4096 * 7)
    (tmp_path / "store").write_bytes(data)

    assert f"the store {tmp_path / 'store'} is damaged" in refused(tmp_path / "store")
    assert "restore the file from a backup" in refused(tmp_path / "store")


@pytest.mark.parametrize("table", ["kv", "jobs"])
def test_a_record_that_is_no_json_is_one_sentence(tmp_path: Path, wall: Wall, table: str) -> None:
    api = Api(tmp_path / "store", wall)
    api.create()
    api.close()
    db = sqlite3.connect(tmp_path / "store")
    db.execute("DROP INDEX jobs_by_date")
    db.execute({"kv": "UPDATE kv SET value = '{'", "jobs": "UPDATE jobs SET doc = '{'"}[table])
    db.commit()
    db.close()

    assert f"the store {tmp_path / 'store'} is damaged" in refused(tmp_path / "store")


def test_damage_found_while_it_runs_is_one_sentence(api: Api) -> None:
    job = api.create()
    db = api.services.store._db
    db.execute("DROP INDEX jobs_by_date")
    db.execute("UPDATE jobs SET doc = substr(doc, 1, 40)")
    answer = api.ask("GET", f"/v1/fine_tuning/jobs/{job['id']}")

    assert answer.status_code == 500
    assert "is damaged (" in answer.json()["error"]["message"]


def test_a_store_of_another_version_is_refused(tmp_path: Path, wall: Wall) -> None:
    Api(tmp_path / "store", wall).close()
    db = sqlite3.connect(tmp_path / "store")
    db.execute("PRAGMA user_version = 99")
    db.close()

    assert "its format is 99, this version of ftjobs writes 1" in refused(tmp_path / "store")


def test_bytes_that_were_removed_are_reported_as_such(api: Api) -> None:
    file = api.upload()
    (api.services.store.folder / file["id"]).unlink()
    answer = api.ask("GET", f"/v1/files/{file['id']}/content")

    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "server_error")
    assert f"The bytes of {file['id']} are gone" in answer.json()["error"]["message"]
    assert api.ask("DELETE", f"/v1/files/{file['id']}").status_code == 200


def test_a_folder_that_was_removed_is_reported_as_such(api: Api) -> None:
    api.services.store.folder.rmdir()
    files, data = {"file": ("a.jsonl", chat(10))}, {"purpose": "fine-tune"}
    answer = api.ask("POST", "/v1/files", files=files, data=data)

    assert answer.status_code == 500
    assert "could not be written to this server's store: No such file" in answer.json()["error"]["message"]


@pytest.mark.parametrize("cut", [2, 7, 400, 2000])
def test_an_upload_without_its_closing_boundary_is_refused_and_not_kept(api: Api, cut: int) -> None:
    head = '--x\r\ncontent-disposition: form-data; name="{}"{}\r\n\r\n'
    body = head.format("purpose", "") + "fine-tune\r\n"
    body += head.format("file", '; filename="a.jsonl"') + chat(40) + "\r\n--x--\r\n"
    form = {"content-type": "multipart/form-data; boundary=x"}
    whole = api.ask("POST", "/v1/files", content=body.removesuffix("\r\n"), headers=form)
    assert whole.status_code == 200

    broken = body[: -2 - cut]
    assert api.refusal("POST", "/v1/files", content=broken, headers=form) == (400, None, None)
    assert [path.name for path in api.services.store.folder.iterdir()] == [whole.json()["id"]]
