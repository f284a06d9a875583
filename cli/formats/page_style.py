"""The style of the HTML export: the colours and measures of the chat's own page."""

STYLE = """\
:root{color-scheme:light dark;
--bg:light-dark(#fffefb,#17191c);--side:light-dark(#f5f3ed,#111315);
--raised:light-dark(#fffefb,#1f2327);
--hover:light-dark(#f6f4ee,#1c1f23);--press:light-dark(#ebe8df,#272b30);
--ink:light-dark(#1f2328,#e9e7e2);--ink-2:light-dark(#50565e,#b3b7bc);
--ink-3:light-dark(#62686f,#949aa1);
--line:light-dark(#e7e3d9,#2b2f34);--line-strong:light-dark(#b9b3a4,#4a5056);
--accent:light-dark(#0b6b5d,#57c7b1);--accent-soft:light-dark(#e3f1ed,#17312c);--seal:#c23a26;
--font:"Inter",system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Hiragino Sans GB",
"Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif}
*{box-sizing:border-box}
body{margin:0;font:400 .9375rem/1.5 var(--font);color:var(--ink);background:var(--bg)}
a{color:var(--accent);text-underline-offset:3px;text-decoration-thickness:1px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:6px}
.top{display:flex;align-items:center;gap:12px;padding:14px 24px;background:var(--side);
border-bottom:1px solid var(--line)}
.top b{display:block;font-weight:650;letter-spacing:-.01em;line-height:1.3}
.top small{font-size:.75rem;color:var(--ink-3)}
.mark svg{display:block;width:32px;height:32px;fill:var(--seal);stroke:#fff;stroke-width:2.4;
stroke-linecap:round}
.mark rect{stroke:none}
nav{display:flex;flex-wrap:wrap;gap:6px 16px;padding:10px 24px;border-bottom:1px solid var(--line);
font-size:.8125rem}
main{max-width:920px;margin:0 auto;padding:0 0 32px}
article+article{margin-top:40px;border-top:1px solid var(--line)}
.room{position:sticky;top:0;z-index:1;padding:12px 24px;background:var(--bg);
border-bottom:1px solid var(--line)}
.room h2{margin:0;font-size:1.0625rem;font-weight:650;letter-spacing:-.012em;line-height:1.3}
.room h2 i{font-style:normal;color:var(--ink-3);margin-inline-end:4px}
.room p{margin:0;font-size:.8125rem;color:var(--ink-3)}
section{content-visibility:auto;contain-intrinsic-size:auto 1200px}
.rule{display:flex;align-items:center;gap:12px;margin:0;padding:16px 24px 8px;font-size:.75rem;
font-weight:600;color:var(--ink-2)}
.rule::before,.rule::after{content:"";flex:1;height:1px;background:var(--line)}
.message{display:grid;grid-template-columns:36px minmax(0,1fr);column-gap:12px;
padding:8px 24px 5px;scroll-margin-top:72px}
.message.continued{padding-block:2px 3px}
.message:hover{background:var(--hover)}
.message:target,.notice:target{background:var(--accent-soft)}
.gutter{font-size:.6875rem;color:var(--ink-3);text-align:end;line-height:1.4rem;opacity:0;
font-variant-numeric:tabular-nums}
.message:hover .gutter{opacity:1}
.avatar{width:36px;height:36px;border-radius:11px;display:grid;place-items:center;font-weight:650;
font-size:.875rem;background:var(--tint);color:var(--on-tint)}
.tint-1{--tint:light-dark(#dcebe6,#1f3b35);--on-tint:light-dark(#0b5b4f,#8bdcca)}
.tint-2{--tint:light-dark(#e3e8f6,#252f47);--on-tint:light-dark(#2c4a8c,#a9c2ff)}
.tint-3{--tint:light-dark(#f7e3d8,#43291c);--on-tint:light-dark(#8a3d12,#ffbd97)}
.tint-4{--tint:light-dark(#f0e1f1,#3a263d);--on-tint:light-dark(#77327d,#e9b3ee)}
.tint-5{--tint:light-dark(#f3eacb,#3a321a);--on-tint:light-dark(#6d5200,#ecd07c)}
.head{display:flex;align-items:baseline;gap:8px;line-height:1.35;flex-wrap:wrap}
.head b{font-weight:650}
time{font-size:.75rem;color:var(--ink-3);font-variant-numeric:tabular-nums}
.tag{font-size:.6875rem;font-weight:600;color:var(--ink-2);background:var(--press);
border-radius:4px;padding:1px 5px}
.body{overflow-wrap:anywhere;white-space:pre-wrap;max-width:74ch}
.body.action{color:var(--ink-2);font-style:italic}
.body.action b{color:var(--ink);font-style:normal;font-weight:650}
.edited{font-size:.75rem;color:var(--ink-3);white-space:nowrap}
.tombstone{color:var(--ink-3);font-size:.8125rem;font-style:italic;line-height:1.4rem}
.quote{display:flex;align-items:center;gap:6px;max-width:74ch;min-width:0;font-size:.8125rem;
line-height:1.5;color:var(--ink-2);text-decoration:none}
.quote b{font-weight:600;white-space:nowrap}
.quote span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.quote:hover span{text-decoration:underline;text-underline-offset:3px}
.icon{width:13px;height:13px;flex:none;fill:none;stroke:var(--ink-3);stroke-width:2;
stroke-linecap:round;stroke-linejoin:round}
.reactions{display:flex;flex-wrap:wrap;gap:6px;margin-top:5px}
.reactions span{display:inline-flex;align-items:center;gap:6px;height:26px;padding:0 9px;
border-radius:999px;border:1px solid var(--line);background:var(--raised);font-size:.75rem;
color:var(--ink-2)}
.reactions b{font-weight:600}
.notice{padding:3px 24px 3px 72px;font-size:.8125rem;color:var(--ink-3);overflow-wrap:anywhere}
.nothing,footer{padding:24px;text-align:center;font-size:.8125rem;color:var(--ink-3)}
@media (max-width:640px){body{font-size:1rem}.top,nav,.room,.rule,.message{padding-inline:16px}
.notice{padding-inline:64px 16px}}
@media print{.room{position:static}section{content-visibility:visible}.message{break-inside:avoid}}
"""
