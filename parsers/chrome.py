"""Recognise the lines that a site prints around a document: tools, footers, breadcrumbs, fields.

By their words only, never by one site's class names. What is left is the document.
"""

from __future__ import annotations

import re
from typing import Literal

from parsers.characters import compact
from parsers.remembering import remembered

Chrome = Literal["tools", "end", "field", "crumb", "guard"]

# Each kind of line with the pattern that its whole text (without spaces) must match.
_LINES: tuple[tuple[Chrome, re.Pattern[str]], ...] = (
    (
        "tools",
        re.compile(
            r"[\[【(（]?(字号|字体|文字大小|字体大小|字体显示)[:：]?.{0,30}"
            r"|(大中小|小中大)(打印.{0,8})?|[\[【(]?[大中小][\]】)]?|A[+\-]A?[+\-]?"
            r"|(视力保护色|背景色|保护视力色)[:：]?.{0,10}"
        ),
    ),
    (
        "end",
        re.compile(
            r"扫(码|一扫|描).{0,30}|.{0,6}(扫一扫|二维码).{0,20}"
            r"|[\[【(（]?(打印|关闭|返回顶部|返回|收藏|分享)(本页|此页|页面|窗口|文章|本文|列表)?.{0,12}"
            r"|分享(到|至)?[:：]?.{0,20}|上一(篇|条|页)[:：]?.{0,60}|下一(篇|条|页)[:：]?.{0,60}"
            r"|相关(链接|附件|文件|信息|阅读|稿件|解读|文档).{0,10}|【.{0,6}(打印|关闭).{0,12}】"
            r"|(网站)?(主办|承办|版权所有|版权归|技术支持|建设维护|运维|联系方式|地址|邮编|网站标识码|网站地图)"
            r"(单位|人)?[:：].{0,120}|版权所有.{0,60}|.{0,40}(ICP备|公网安备).{0,60}|Copyright.{0,80}"
            r"|网站(地图|声明|首页|标识码).{0,60}|.{0,10}(关于我们|联系我们|免责声明|法律声明).{0,40}"
            r"|(责任)?编辑[:：].{0,20}|传真[:：].{0,60}|主办单位.{0,80}|您是第.{0,20}位.{0,6}"
            r"|(全文共|全文)\d*字|责编[:：].{0,12}|初审[:：].{0,40}"
        ),
    ),
    (
        "field",
        re.compile(
            r"(索引号|发布日期|发布时间|发文日期|发布机构|发文机关|成文日期|生成日期|公开日期|公开时间"
            r"|来源|信息来源|稿源|作者|浏览次数|浏览量|访问量|阅读次数|阅读|点击数|点击率|点击量|点击"
            r"|文号|文件编号|主题分类|主题词|体裁分类|组配分类|公开方式|公开形式|公开范围|公开类别|公开程序"
            r"|信息分类|信息名称|名称|标题|有效性|时效性|发布单位|公开责任部门|责任部门|效力状态|日期|时间"
            r"|更新时间|录入时间|信息索引|关键词|内容概述|所属分类|发布人|审核人)[:：】\]].{0,90}"
            r"|[(（]?(时间|日期)?[:：]?(19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
            r"(\d{1,2}[:：]\d\d([:：]\d\d)?)?[)）]?"
        ),
    ),
    (
        "crumb",
        re.compile(
            r"(您?(现在)?(所在|当前)的?位置|当前位置|您的位置|所在位置|当前所在|位置)[:：].{0,120}"
            r"|首页([>＞»›/|\-—].{1,40})+|首页"
        ),
    ),
    (
        "guard",
        re.compile(
            r".{0,20}(页面不存在|找不到(该|您|页面|网页|文件|请求)|您(访问|查看|请求)的(页面|网页|内容|文章|信息).{0,10}"
            r"(不存在|已删除|已被删除|找不到|丢失|已下线)|404(notfound|错误|页面|error).{0,20}|页面(未找到|走丢了|丢失)"
            r"|(信息|文章|内容|文档)(不存在|已被删除|已删除)|(访问|请求)(过于频繁|被拒绝|受限|异常).{0,20}"
            r"|请(先)?(登录|输入验证码|完成验证|完成安全验证|开启javascript|启用javascript).{0,20}"
            r"|安全(验证|检查|检测)中?.{0,20}|正在(跳转|验证|检测|进行安全).{0,20}|系统(错误|异常|繁忙|维护中?).{0,20}"
            r"|服务器(错误|内部错误|繁忙).{0,20}|accessdenied|forbidden|badgateway|无权(限)?访问|justamoment.{0,10}"
            r"|账号登录|用户登录|统一身份认证|验证码).{0,40}",
            re.IGNORECASE,
        ),
    ),
)


@remembered(8192)
def chrome_kind(text: str) -> Chrome | None:
    """What kind of site line `text` is, or None when it belongs to a document."""
    if len(text) > 200:
        return None
    folded = compact(text)
    if not folded:
        return None
    for kind, pattern in _LINES:
        if pattern.fullmatch(folded):
            return kind
    return None
