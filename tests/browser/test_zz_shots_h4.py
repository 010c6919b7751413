import os, sys
from pathlib import Path
import pytest
from datetime import timedelta
from app.main import create_app
from app.accounts.rules import Purpose
from tests.support.ward import a_ward, NOW
from tests.support.people import a_link
from tests.support.browser import accessibility_faults, running_browser, running_server, Watch
OUT=Path('/tmp/plan4/shots'); OUT.mkdir(exist_ok=True)

def test_shots(database_url, database, settings, dialect):
    if dialect!='sqlite': return
    ward=a_ward(database)
    app=create_app(settings, clock=lambda: NOW)
    only=os.environ.get('ONLY','').split(',') if os.environ.get('ONLY') else None
    r=ward.record
    from sqlalchemy import select
    from app.plans.tables import PlanRow
    with database.reading() as s:
        plan=s.scalars(select(PlanRow)).first()
    pages=[('signin',None,'/sign-in'),('link',None,'/sign-in/link#abc'),('home',  'patient','/'),('account','physician','/account'),('accountp','patient','/account'),
      ('worklist','physician','/worklist'),('list','coordinator','/patients'),('record','physician',r),
      ('team','physician',r+'/care-team'),('teamp','patient',r+'/care-team'),('log','patient',r+'/access-log'),('lists','patient',r+'/access-log?of=lists'),
      ('history','physician',f'{r}/history/plans/{plan.id}'),('emergency','stranger','/emergency'),('accounts','administrator','/accounts'),
      ('oneaccount','administrator',f'/accounts/{ward.people["nurse"].id}'),('codes','patient','/account/recovery-codes'),('forbidden','coordinator',r),('missing','stranger',r)]
    bad=[]
    with running_browser() as browser, running_server(app) as address:
        for name,who,path in pages:
            if only and name not in only: continue
            for w,h in ((360,800),(1440,900)):
                for scheme in ('light','dark'):
                    with browser.new_context(base_url=address, viewport={'width':w,'height':h}, color_scheme=scheme) as c:
                        if who: ward.let_in(c, who)
                        p=c.new_page(); watch=Watch(p, origin=address)
                        p.goto(path)
                        if os.environ.get('OPEN'): p.evaluate("document.querySelectorAll('details').forEach(d=>d.open=true)")
                        p.screenshot(path=str(OUT/f'{name}-{w}-{scheme}.png'), full_page=True)
                        wide=p.evaluate("document.documentElement.scrollWidth-innerWidth")
                        f=accessibility_faults(p)
                        if f or watch.troubles or wide>0: bad.append((name,w,scheme,wide,f,watch.troubles))
    for b in bad: print(b)
    assert not bad
