// What `learn FOLDER` takes from packages: real ones of Debian's, and an rpm that Debian's rpm builds. Each where its tools are at hand.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readLedger } from "../../pipeline/derive/ledger.ts";
import { lintFingerprints } from "../../scripts/lint/fingerprints.ts";
import { cli, scratchFolder } from "../harness.ts";

const has = (program: string) => spawnSync(program, ["--version"]).status === 0;
const digitsOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex").slice(0, 8);

function emptyLedger(folder: string): string {
  const ledger = join(folder, "ledger.csv");
  writeFileSync(ledger, "original,digits,purl,learned\n");
  return ledger;
}

const needsApt = { skip: has("apt-get") && has("dpkg-deb") ? false : "apt-get and dpkg-deb are not here" };

test("a real Debian package: the digits are those of the file that is unpacked from it", needsApt, async (t) => {
  const folder = scratchFolder(t);
  const got = spawnSync("apt-get", ["download", "libcom-err2", "zlib1g"], { cwd: folder, encoding: "utf8" });
  if (got.status !== 0) return t.skip(`apt-get download: ${got.stderr.trim().split("\n").at(-1)}`);
  const ledger = emptyLedger(folder);
  const { code, stdout } = await cli(["learn", folder, "--distribution", "debian", "--ledger", ledger]);
  assert.deepEqual([code, stdout], [0, `${ledger}: 2 files learned, 2 files in all\n`]);
  assert.deepEqual(lintFingerprints(readLedger(ledger)), []);
  for (const deb of readdirSync(folder).filter((name) => name.endsWith(".deb"))) {
    const out = join(folder, `${deb}.d`);
    execFileSync("dpkg-deb", ["--extract", join(folder, deb), out]);
    const row = readLedger(ledger).find(({ learned }) => learned === `package ${deb}`)!;
    const file = readdirSync(out, { recursive: true, encoding: "utf8" }).find((name) =>
      name.endsWith(`/${row.original}`),
    )!;
    assert.equal(row.digits, digitsOf(readFileSync(join(out, file))));
    const version = execFileSync("dpkg-deb", ["--field", join(folder, deb), "Version"], { encoding: "utf8" }).trim();
    const name = deb.slice(0, deb.indexOf("_"));
    assert.equal(row.purl, `pkg:deb/debian/${name}@${version}`);
  }
});

const SPEC = `
Name: libfoo++
Version: 1.2
Release: 3.el8_10
Epoch: 1
Summary: foo
License: MIT
BuildArch: noarch
%description
foo
%install
mkdir -p %{buildroot}/usr/lib64/foo %{buildroot}/usr/share
printf library > %{buildroot}/usr/lib64/libfoo++.so.1.2
printf plugin > %{buildroot}/usr/lib64/foo/plugin.so
printf text > %{buildroot}/usr/share/libfoo.so.txt
ln -s libfoo++.so.1.2 %{buildroot}/usr/lib64/libfoo++.so.1
%files
/usr
`;

const needsRpm = { skip: has("rpmbuild") ? false : "rpmbuild is not here" };

test("an rpm that rpmbuild has made: libraries, and no link, plugin or text", needsRpm, async (t) => {
  const folder = scratchFolder(t);
  const spec = join(folder, "foo.spec");
  writeFileSync(spec, SPEC);
  const words = ["--define", `_topdir ${folder}`, "--define", "_build_id_links none", "--quiet", "-bb", spec];
  execFileSync("rpmbuild", words, { stdio: "pipe" });
  const ledger = emptyLedger(folder);
  const { code, stderr } = await cli([
    "learn",
    join(folder, "RPMS"),
    "--distribution",
    "almalinux",
    "--ledger",
    ledger,
  ]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(readLedger(ledger), [
    {
      original: "libfoo++.so.1.2",
      digits: digitsOf(Buffer.from("library")),
      purl: "pkg:rpm/almalinux/libfoo%2B%2B@1.2-3.el8_10",
      learned: "package libfoo++-1.2-3.el8_10.noarch.rpm",
    },
  ]);
});

test("what is no package is told in a line, and the others are learned", needsRpm, async (t) => {
  const folder = scratchFolder(t);
  for (const name of ["a.deb", "b.rpm"]) writeFileSync(join(folder, name), "no package");
  const ledger = emptyLedger(folder);
  const { code, stderr } = await cli(["learn", folder, "--distribution", "debian", "--ledger", ledger]);
  assert.equal(code, 3);
  assert.equal(stderr.trim().split("\n").length, 3, stderr);
  assert.match(stderr, /a\.deb: dpkg-deb: .*, expected a package\n.*b\.rpm: .*expected a package/s);
});
