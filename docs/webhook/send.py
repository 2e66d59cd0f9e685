"""Sends a termination as docs/webhook.md says, and tries again as long as that can help. Python 3.9 or newer, nothing else.

    WEBHOOK_URL=https://…/terminations WEBHOOK_SECRET=whsec_… python3 send.py account.deleted 9007199254740993
    … python3 send.py feature.terminated 9007199254740993 1400100201
"""
import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone

TRIES = 8
url, secret = os.environ['WEBHOOK_URL'], os.environ['WEBHOOK_SECRET']
pause = float(os.environ.get('WEBHOOK_PAUSE', '5'))
event_type, uin, *application = sys.argv[1:]

happened_at = datetime.now(timezone.utc).isoformat(timespec='milliseconds').replace('+00:00', 'Z')
instant = 'reinstatedAt' if event_type == 'account.reinstated' else 'terminatedAt'
data = {'uin': uin, instant: happened_at, **({'sdkAppId': application[0]} if application else {})}
# Written once, and sent as these bytes: what is signed is what arrives. Keep both until they are answered with 202.
request_id = f'msg_{uuid.uuid4()}'
body = json.dumps({'type': event_type, 'timestamp': happened_at, 'data': data}).encode()


def headers():
    timestamp = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix('whsec_'))
    signed = f'{request_id}.{timestamp}.'.encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        'content-type': 'application/json',
        'webhook-id': request_id,
        'webhook-timestamp': timestamp,
        'webhook-signature': f'v1,{signature}',
    }


def send():
    try:
        request = urllib.request.Request(url, data=body, headers=headers(), method='POST')
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


for attempt in range(TRIES):
    status, text = send()
    print(request_id, status, text, flush=True)
    if status == 202:
        break
    if not (status in (0, 429) or status >= 500) or attempt == TRIES - 1:
        sys.exit(1)
    time.sleep(pause * 2**attempt)
