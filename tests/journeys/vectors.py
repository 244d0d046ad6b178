"""Texts that try to run a script, by family: made by combination, so that what a filter forgets once it is asked for many times."""

from __future__ import annotations

import itertools

_CALL = "alert(1)"
_ELEMENTS = (
    "img", "svg", "body", "iframe", "video", "audio", "input", "details", "math", "object", "embed", "marquee", "form", "button", "select", "textarea", "style",
    "link", "base", "template", "dialog", "custom-tag",
)  # fmt: skip
_HANDLERS = ("onerror", "onload", "onclick", "onmouseover", "onfocus autofocus", "ontoggle", "onbegin", "onanimationstart", "onpointerenter", "OnErRoR")
_ADDRESSES = (
    f"javascript:{_CALL}", f"JaVaScRiPt:{_CALL}", f"java\tscript:{_CALL}", f"java&#10;script:{_CALL}", f"&#106;avascript:{_CALL}", f"javascript&colon;{_CALL}",
    f"\x01javascript:{_CALL}", f" javascript:{_CALL}", f"javascript&#58;{_CALL}", f"vbscript:{_CALL}", f"data:text/html,<script>{_CALL}</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", f"data:image/svg+xml,<svg onload={_CALL}>", f"blob:{_CALL}", f"feed:javascript:{_CALL}",
    f"javascript://example.org/%0a{_CALL}", f"view-source:javascript:{_CALL}", f"%6aavascript:{_CALL}",
)  # fmt: skip
_FRAMES = (
    "[x]({})", "[x](<{}>)", "![x]({})", "<{}>", "[x][r]\n\n[r]: {}", '<a href="{}">x</a>', '<iframe src="{}"></iframe>', '<form action="{}"><button>x</button></form>',
)  # fmt: skip
_TREES = (
    f"<script>{_CALL}</script>", f"<scr<script>ipt>{_CALL}</scr</script>ipt>", f"<script\n>{_CALL}</script\n>", f"</p><script>{_CALL}</script>", f"<<script>{_CALL}//<</script>",
    f"<!--<img src=--><img src=x onerror={_CALL}//>", f"<![CDATA[<img src=x onerror={_CALL}>]]>", f"<?xml ?><img src=x onerror={_CALL}>",
    f"<noscript><p title=\"</noscript><img src=x onerror={_CALL}>\">", f"<textarea><p title=\"</textarea><img src=x onerror={_CALL}>\">",
    f"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror={_CALL}&gt;\">",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={_CALL}>", f"<svg></p><style><a id=\"</style><img src=1 onerror={_CALL}>\">",
    f"<form><math><mtext></form><form><mglyph><svg><mtext><style><path id=\"</style><img onerror={_CALL} src>\">",
    f"<svg><animate onbegin={_CALL} attributeName=x dur=1s>", f"<svg><set attributeName=href to=javascript:{_CALL}><a>x</a>", f"<svg><script>{_CALL}</script></svg>",
    f"<svg><foreignObject><iframe src=javascript:{_CALL}></foreignObject></svg>", f"<math href=javascript:{_CALL}>x</math>",
    f"<math><maction actiontype=statusline xlink:href=javascript:{_CALL}>x</maction></math>", f"<annotation-xml encoding=text/html><img src=x onerror={_CALL}></annotation-xml>",
    f"$\\href{{javascript:{_CALL}}}{{x}}$", f"$$\\url{{javascript:{_CALL}}}$$", f"$<script>{_CALL}</script>$", f"$\\text{{<img src=x onerror={_CALL}>}}$",
    f"$$\\class{{x\" onclick={_CALL} y=\"}}{{z}}$$", f"$x</math><img src=x onerror={_CALL}>$", f"$\\style{{background:url(javascript:{_CALL})}}{{x}}$",
    f"`<img src=x onerror={_CALL}>`", f"```\n</code></pre><img src=x onerror={_CALL}>\n```", f"```\"><img src=x onerror={_CALL}>\nx\n```", f"    <img src=x onerror={_CALL}>",
    f"[x](https://a.example \"\\\"onmouseover={_CALL}\")", f"[x](https://a.example '\" onclick={_CALL} y=\"')", f"[x](https://a.example\"onclick={_CALL})",
    f"![\" onerror={_CALL} x=\"](https://a.invalid/x.png)", f"[<img src=x onerror={_CALL}>](https://a.example)", f"| <img src=x onerror={_CALL}> |\n|-|\n| <script>{_CALL}</script> |",
    f"> <img src=x onerror={_CALL}>", f"- <img src=x onerror={_CALL}>", f"# <img src=x onerror={_CALL}>", f"**<img src=x onerror={_CALL}>**", f"~~<svg onload={_CALL}>~~",
    f"&lt;img src=x onerror={_CALL}&gt;", f"&amp;lt;script&amp;gt;{_CALL}", f"\\<script>{_CALL}\\</script>", f"<a\nhref=javascript:{_CALL}>x", f"<img/src=x/onerror={_CALL}>",
    f"<img src=`x` onerror={_CALL}>", f"<img src=x onerror\n=\n{_CALL}>", f"\"><img src=x onerror={_CALL}>", f"' autofocus onfocus={_CALL} x='", f"</textarea><img src=x onerror={_CALL}>",
    f"</title><img src=x onerror={_CALL}>", f"</script><script>{_CALL}</script>", f"\u202e<script>{_CALL}</script>", f"<script\u2028>{_CALL}</script>", "<meta http-equiv=refresh content=0;url=javascript:alert(1)>",
    f"{{{{{_CALL}}}}}", "{{ config.SECRET_KEY }}", "{% import os %}", f"${{{_CALL}}}", f"@<img src=x onerror={_CALL}>", "<link rel=stylesheet href=//a.invalid/x.css>",
    "<style>@import '//a.invalid/x.css';</style>", "<p style=background:url(//a.invalid/x)>x</p>", "<base href=//a.invalid/>", "<form id=say><input name=text></form>", "<p id=content name=querySelector>x</p>",
)  # fmt: skip

HANDLERS = [f"<{element} src=x href=x {handler}={_CALL}>" for element, handler in itertools.product(_ELEMENTS, _HANDLERS)]
ADDRESSES = [frame.format(address) for frame, address in itertools.product(_FRAMES, _ADDRESSES)]
VECTORS = [*HANDLERS, *ADDRESSES, *_TREES]
