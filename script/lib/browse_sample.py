# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Visits the sample shop as ordinary customers do and reports every answer that is not 2xx or 3xx."""

import argparse
import base64
import contextlib
import http.client
import http.cookies
import json
import sys
import urllib.parse

import sample_shop

# The smallest PNG: one transparent pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)

BROWSER = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language": "de,en-US;q=0.7,en;q=0.3",
    "Accept-Encoding": "identity",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Upgrade-Insecure-Requests": "1",
}

SEARCHES = [
    "tea", "green tea", "Earl Grey", "O'Brien", "grandmother's teapot", "Größe L", "thé à la menthe", "50% off",
    "cup & saucer", "pots, cups and kettles", "tea under 10 €", "select tea for two", "kettle or teapot?",
    "what is new from Japan", "80 °C", "half-litre mug", "fish'n'chips plate",
]  # fmt: skip

MESSAGES = [
    "Dear team, my parcel arrived today, but the lid of the teapot was broken. Could you send me a new one, please? "
    "My order is no. 2024-118 (two cups at 12.50 € each and one kettle, 69.00 €). Kind regards, Zoë",
    "Hallo! Ich hätte gern eine größere Kanne; gibt es die auch in 1,5 Liter? Viele Grüße aus Köln – Jörg Müller",
    "Hi there,\r\n\r\nI'd like to know whether you've got gift wrapping. It's for my mother's birthday, and she'd love "
    "a note with it: \"All the best!\"\r\n\r\nThanks, Anne-Marie\r\nanne-marie@example.com",
    "Is it true that one should wait 3 minutes for green tea & 5 for black? My friend says 2-3 is enough. :-)",
]


class Visitor:
    """A browser with a cookie jar that keeps its connection open."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.authority = parts.netloc
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=30)
        self.cookies = {}
        self.count = 0
        self.refused = []

    def send(self, method, path, body=None, content_type=None, accept=None):
        """One request; follows no redirect, as the next step of the visit does."""
        headers = dict(BROWSER, Referer=self.origin + "/")
        if accept:
            headers["Accept"] = accept
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if content_type:
            headers["Content-Type"] = content_type
            headers["Origin"] = self.origin
        self.connection.request(method, path, body=body, headers=headers)
        response = self.connection.getresponse()
        answer = response.read()
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        self.count += 1
        if not 200 <= response.status < 400:
            self.refused.append((response.status, method, path, body))
        return response.status, answer

    def get(self, path, **query):
        return self.send("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, path, **fields):
        return self.send("POST", path, urllib.parse.urlencode(fields), "application/x-www-form-urlencoded")

    def post_json(self, path, value):
        return self.send("POST", path, json.dumps(value, ensure_ascii=False).encode(), "application/json", "*/*")

    def upload(self, name, content_type, content):
        boundary = "---------------------------298374650192837465"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\nMy photo\r\n'.encode(),
            f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n'
            f"Content-Type: {content_type}\r\n\r\n".encode() + content + b"\r\n",
            f"--{boundary}--\r\n".encode(),
        ]
        return self.send("POST", "/upload", b"".join(parts), f"multipart/form-data; boundary={boundary}")


def look_around(visitor):
    for path in ("/", "/style.css", "/favicon.svg", "/robots.txt", "/products", "/guestbook", "/files", "/contact"):
        visitor.get(path)
    for number in (1, 2, 6, 8, 10):
        visitor.get("/product", id=number)
    for words in SEARCHES:
        visitor.get("/search", q=words)
    for name in ("kettle.txt", "teapot.txt", "returns.txt"):
        visitor.get("/files", name=name)
    for name in ("Anna", "Seán O'Brien", "Jörg & Zoë"):
        visitor.get("/greet", name=name)
    visitor.get("/tools/ping", host="localhost")
    visitor.get("/preview")


def buy(visitor):
    visitor.get("/login")
    visitor.post("/login", user="anna", password="rosenbusch")
    visitor.get("/account")
    visitor.post("/basket", id=8, quantity=1)
    visitor.post("/basket", id=1, quantity=3)
    visitor.get("/basket")
    visitor.get("/checkout")
    visitor.post(
        "/checkout",
        name="Anna O'Connor-Müller",
        email="anna.oconnor+shop@example.org",
        street="Schönhauser Allee 7 1/2, c/o D'Angelo",
        postcode="10119",
        town="Berlin",
        comment="Please leave it with the neighbour (Mr. O'Brien, 2nd floor), if I'm not at home. The bell doesn't work, "
        "so please ring 030 / 555-12-34 instead. " * 8,
    )
    visitor.post("/logout")


def write(visitor):
    for message in MESSAGES:
        visitor.post("/contact", name="Zoë O'Hara", email="zoe@example.org", message=message)
    for text in MESSAGES[:2] + ["Lovely! 10/10, I'd order again.", "It's the teapot I've always wanted..."]:
        visitor.post("/guestbook", author="Fiona D'Arcy", text=text)
    visitor.get("/guestbook")
    visitor.get("/upload")
    visitor.upload("holiday.png", "image/png", PNG)
    visitor.upload("Grüße aus dem Urlaub.txt", "text/plain", "Liebe Grüße vom See – it's lovely here.\n".encode())
    visitor.get("/uploads/holiday.png")


def use_api(visitor):
    visitor.get("/api/products")
    visitor.get("/api/products/3")
    visitor.post_json("/api/products", {"name": "Darjeeling", "description": "First flush, 100 g", "price": 1190})
    visitor.post_json("/api/products", {"name": "O'Neill's mug", "description": "Größe XL – it's huge!", "price": 1690})
    visitor.post_json("/api/products", {"name": "Matcha set", "description": "Bowl, whisk & spoon", "price": 4990})


def main():
    parser = argparse.ArgumentParser(prog="script/browse-sample", description=__doc__)
    parser.add_argument("url", nargs="?", help="the shop, or a gateway in front of it; without, a shop of its own")
    url = parser.parse_args().url
    if url and not url.startswith("http://"):
        parser.error("the URL starts with http://")
    with contextlib.ExitStack() as stack:
        visit(url or stack.enter_context(sample_shop.running()))


def visit(url):
    visitor = Visitor(url)
    try:
        for part in (look_around, buy, write, use_api):
            part(visitor)
    except OSError as error:
        print(f"{url}: {error}", file=sys.stderr)
        sys.exit(3)
    for status, method, path, body in visitor.refused:
        print(f"{status} {method} {path} {(body or '')[:200]!r}")
    print(f"{visitor.count} requests, {len(visitor.refused)} refused")
    sys.exit(1 if visitor.refused else 0)


if __name__ == "__main__":
    main()
