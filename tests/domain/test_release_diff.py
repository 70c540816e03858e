from __future__ import annotations

from envctl.domain.compose_artifact import ComposeDefinition
from envctl.domain.release import BASE
from envctl.domain.release_diff import differences
from tests.domain.release_example import BASE_TEXT, LATER, SHOP, STAGE_TEXT

TEXTS = {BASE: BASE_TEXT, "integration": STAGE_TEXT}


def test_a_release_does_not_differ_from_itself() -> None:
    found = differences(SHOP, SHOP, TEXTS, TEXTS)
    assert not found
    assert found.lines() == ()


def test_all_that_differs_is_told() -> None:
    texts = {
        BASE: ComposeDefinition(b'{\n  "name": "store"\n}\n', (("env-2.env", b"A=2"),)),
        "production": STAGE_TEXT,
    }
    found = differences(SHOP, LATER, TEXTS, texts)
    assert "\n".join(found.lines()) == TOLD


TOLD = """\
commit: 0123456789abcdef0123456789abcdef01234567 -> ffffffffffffffffffffffffffffffffffffffff
image of api: sha256:c352b904d089 -> sha256:1e824baee6f9
image of migrate: sha256:c352b904d089 -> sha256:1e824baee6f9
image of new: new, sha256:6084abb4552c
image of storefront: gone, was sha256:ad3045f08f1b
--- compose.yaml
+++ compose.yaml
@@ -1,3 +1,3 @@
 {
-  "name": "shop"
+  "name": "store"
 }
--- env-1.env
+++ env-1.env
@@ -1 +0,0 @@
-A=1
--- env-2.env
+++ env-2.env
@@ -0,0 +1,2 @@
+A=2
+\\ No newline at end of file
--- integration: compose.yaml
+++ integration: compose.yaml
@@ -1,4 +0,0 @@
-{
-  "name": "shop",
-  "x-a": 1
-}
--- production: compose.yaml
+++ production: compose.yaml
@@ -0,0 +1,4 @@
+{
+  "name": "shop",
+  "x-a": 1
+}"""
