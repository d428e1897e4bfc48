/** What becomes of a document in either tier: listed with its state, cited, replaced, deleted down to the last chunk. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { ChatResponse, DocumentEntry } from "../../runtime/contract/api.ts";
import type { ApiClient } from "../../local/demo/api-client.ts";
import { sidecar } from "../../runtime/shared/sidecar.ts";
import { deployed, DEPLOY_TIMEOUT_MS, pairOf, type Deployed } from "./support/deployed.ts";

describe("documents", function () {
  this.timeout(DEPLOY_TIMEOUT_MS);

  let account: Deployed;
  before(async () => {
    account = await deployed();
  });

  const memberOf = (tenant: string): string => {
    const member = account.scenario.users.find((user) => user.tenant === tenant);
    assert.ok(member);
    return member.username;
  };
  const eventually = async (
    api: ApiClient,
    name: string,
    holds: (entry: DocumentEntry | undefined) => boolean,
  ): Promise<DocumentEntry | undefined> => {
    for (let tries = 0; tries < 150; tries++) {
      const entry = (await api.documents()).find((each) => each.name === name);
      if (holds(entry)) return entry;
      await sleep(100);
    }
    return assert.fail(`${name} did not come to that state`);
  };
  const cites = ({ citations }: ChatResponse, name: string): boolean =>
    citations.some(({ uri }) => uri.endsWith(`/${name}`));

  it("of one name answer one question in both tiers", async () => {
    const question = "Which telephone number do I call to report a new claim?";
    for (const { id } of account.tenants) {
      const answer = await account.scenario.api(memberOf(id)).ask(question);
      assert.deepEqual(
        answer.citations.filter(({ corpus }) => corpus === "tenant").map(({ uri }) => uri.split("/").at(-1)),
        ["claims-handling.md"],
        `${id}: ${answer.answer}`,
      );
    }
  });

  for (const tier of ["silo", "pool"] as const) {
    describe(`of a ${tier} tenant`, () => {
      let id: string;
      let api: ApiClient;
      const name = `zephyr-${randomUUID().slice(0, 8)}.md`;
      before(() => {
        [id] = pairOf(account, tier);
        api = account.scenario.api(memberOf(id));
      });

      it("are listed with their state, in name order, without those of other groups", async () => {
        const entries = await api.documents();
        assert.ok(entries.length >= 5);
        assert.ok(entries.every(({ state }) => state === "indexed"));
        const names = entries.map((entry) => entry.name);
        assert.deepEqual(names, [...names].sort());
        const { groups } = account.scenario.users.find(({ username }) => username === memberOf(id))!;
        for (const entry of entries) {
          assert.ok(
            entry.groups === undefined || entry.groups.some((group) => groups.includes(group)),
            entry.name,
          );
        }
      });

      it("are cited once they are ingested, and a new text takes the old one's place", async () => {
        await api.putDocument({ name, content: "# Zephyr\n\nThe zephyr allowance is 417 crowns a month.\n" });
        await account.scenario.ingested(memberOf(id), [name]);
        const first = await api.ask("What is the zephyr allowance?");
        assert.ok(cites(first, name) && first.answer.includes("417 crowns"), first.answer);

        await api.putDocument({ name, content: "# Zephyr\n\nThe zephyr allowance is 993 crowns a month.\n" });
        await sleep(50);
        await account.scenario.ingested(memberOf(id), [name]);
        const second = await api.ask("What is the zephyr allowance?");
        assert.ok(cites(second, name) && second.answer.includes("993 crowns"), second.answer);
        assert.ok(!second.answer.includes("417"), "the old text is gone");
      });

      it("are gone once they are deleted, down to the last chunk", async () => {
        const { status } = await api.deleteDocument(name);
        assert.equal(status, 202);
        await eventually(api, name, (entry) => entry === undefined);
        let answer = await api.ask("What is the zephyr allowance?");
        for (let tries = 0; answer.answered && tries < 50; tries++) {
          await sleep(100);
          answer = await api.ask("What is the zephyr allowance?");
        }
        assert.equal(answer.answered, false, answer.answer);
        const { account: store } = account.embedded.gateway;
        const left = ["aoss-documents", "domain-documents"].flatMap((table) =>
          [...store.table<unknown>(table).entries()].filter(([, chunk]) =>
            JSON.stringify(chunk).includes(name),
          ),
        );
        assert.deepEqual(left, []);
      });

      it("that are not there can't be deleted", async () => {
        assert.equal((await api.deleteDocument("never-was.md")).status, 404);
      });

      it("that are broken are reported, and hold up no other", async () => {
        const stage = account.scenario.stage(id, pairOf(account, tier)[1]);
        const s3 = new S3Client(await stage.asTenant(stage.attacker));
        const { bucket, objectPrefix } = stage.names(id);
        const broken = `broken-${randomUUID().slice(0, 8)}.md`;
        const put = (key: string, body: Buffer | string) =>
          s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
        await put(`${objectPrefix}${broken}.metadata.json`, sidecar(id, undefined));
        await put(`${objectPrefix}${broken}`, Buffer.from([0xff, 0xfe, 0x00, 0xff]));
        const sound = `sound-${randomUUID().slice(0, 8)}.md`;
        await api.putDocument({ name: sound, content: "The marrowfat quota is 52 bushels.\n" });
        const failed = await eventually(api, broken, (entry) => entry?.state === "failed");
        assert.ok(failed?.reason, "the reason is told");
        await account.scenario.ingested(memberOf(id), [sound]);
        assert.ok(cites(await api.ask("What is the marrowfat quota?"), sound));
        for (const each of [broken, sound]) {
          assert.equal((await api.deleteDocument(each)).status, 202);
          await eventually(api, each, (entry) => entry === undefined);
        }
      });
    });
  }

  it("are not another tenant's to list or delete", async () => {
    const [silo, other] = pairOf(account, "silo");
    const [theirs] = await account.scenario.api(memberOf(other)).documents();
    const mine = await account.scenario.api(memberOf(silo)).documents();
    assert.ok(theirs);
    assert.ok(mine.every(({ uri }) => !uri.includes(other)));
    for (const id of [
      `../${other}/${theirs.name}`,
      `${other}/${theirs.name}`,
      `..%2F${other}%2F${theirs.name}`,
    ]) {
      const { status } = await account.scenario.api(memberOf(silo)).deleteDocument(id);
      assert.ok([400, 404].includes(status), `${id}: ${status}`);
    }
    assert.ok(
      (await account.scenario.api(memberOf(other)).documents()).some(({ name }) => name === theirs.name),
    );
  });
});
