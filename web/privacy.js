(()=>{"use strict";
const STYLE=`
:host{all:initial;color-scheme:light dark}
section,aside{box-sizing:border-box;font:1rem/1.5 var(--privacy-font,system-ui,sans-serif);
color:var(--privacy-text,light-dark(#1b1f24,#eef1f4));background:var(--privacy-background,light-dark(#fff,#1b1f24));
border:1px solid var(--privacy-border,light-dark(#8a94a0,#7d8894));border-radius:var(--privacy-radius,.75rem)}
section{position:fixed;z-index:var(--privacy-layer,2147483000);inset:auto 1rem 1rem;max-width:46rem;max-height:calc(100vh - 2rem);
overflow:auto;margin:0 auto;padding:1.25rem 1.5rem;box-shadow:0 .5rem 2rem #0003}
section[data-position^=top]{inset:1rem 1rem auto}
section[data-position$=left],section[data-position$=right]{max-width:26rem;margin-left:0}
section[data-position$=right]{margin:0 0 0 auto}
aside{padding:1rem}
h2{font-size:1.2em;line-height:1.3;margin:0 0 .5rem}
p,ul{margin:0 0 .75rem}
ul{padding-left:1.2rem}
a{color:var(--privacy-accent,light-dark(#0b57b0,#9cc7ff))}
fieldset{border:0;margin:0 0 .75rem;padding:0}
label{display:flex;gap:.75rem;align-items:center;padding:.5rem 0;min-height:1.75rem;border-top:1px solid var(--privacy-border,light-dark(#c9d0d7,#4a535d))}
input{width:1.4rem;height:1.4rem;flex:none;margin:0;accent-color:var(--privacy-accent,light-dark(#0b57b0,#9cc7ff))}
p:empty{margin:0}
.row{display:flex;flex-wrap:wrap;gap:.75rem}
button{font:inherit;font-weight:600;flex:1 1 9rem;min-height:2.75rem;padding:.5rem 1rem;cursor:pointer;border:2px solid transparent;
border-radius:calc(var(--privacy-radius,.75rem)*.66);color:var(--privacy-on-accent,light-dark(#fff,#1b1f24));background:var(--privacy-accent,light-dark(#0b57b0,#9cc7ff))}
button:hover{text-decoration:underline}
:focus-visible{outline:3px solid var(--privacy-focus,light-dark(#1b1f24,#eef1f4));outline-offset:2px}
[hidden]{display:none}
@media(max-width:30rem){section{inset:auto 0 0;border-radius:0;max-height:80vh;padding:1rem}section[data-position^=top]{inset:0 0 auto}}
@media print{section{display:none}}
`;let sheet;
function make(name,attributes,...held){const element=Object.assign(document.createElement(name),attributes);element.append(...held);return element}
function apart(...held){if(!sheet){sheet=new CSSStyleSheet();sheet.replaceSync(STYLE)}
const host=make("div");const root=host.attachShadow({mode:"open"});root.adoptedStyleSheets=[sheet];root.append(...held);return host}
function markdown(text){const line=words=>words.split(/(\*\*.+?\*\*|\[[^\]]+\]\(https?:[^)\s]+\))/).map(part=>{if(part.startsWith("**"))return make("strong",{},part.slice(2,-2));const[,title,href]= /^\[(.+)\]\((.+)\)$/.exec(part)||[];return href?make("a",{href},title):part});return text.split(/\n{2,}/).map(block=>block.startsWith("- ")?make("ul",{},...block.slice(2).split(/\n- /).map(item=>make("li",{},...line(item)))):make("p",{},...line(block)))}
function placeholder(label,press){const text=make("p");const made=apart(make("aside",{},text,make("div",{className:"row"},make("button",{onclick:press},label))));return Object.assign(made,{text})}
function banner(p,say,position){let host,opener;function close(){host?.remove();host=undefined;opener?.focus()}
return async function open(choosing){const notice=await p.notice();if(host||(!choosing&&!p.needsAsking()))return;opener=choosing&&document.activeElement;const gpc=navigator.globalPrivacyControl===true;const[first,...rest]=markdown(notice.text);const boxes=notice.purposes.map(({id,title})=>[id,make("input",{type:"checkbox",defaultChecked:p.allowed(id)}),title]);const switches=make("fieldset",{},make("legend",{hidden:true},notice.title),...boxes.map(([,input,title])=>make("label",{},input,title)));const more=make("div",{hidden:!choosing},...rest,switches);const status=make("p",{role:"status"});const row=make("div",{className:"row"});const button=(text,onclick)=>make("button",{onclick},text);const act=async(decide)=>{status.textContent="";const shown=[...(more.hidden?[]:boxes).map(([id,input])=>id +(input.defaultChecked?"+":"")),"accept_all reject_all choose"].join(" ");await decide({shown,gpc_override:gpc}).catch(fault=>(status.textContent=fault.message));const{pending,reload}=p.state();if(status.textContent)return;if(!pending&&!reload.length)return close();region.replaceChildren(title,status,row);status.textContent=pending?say.waiting:say.reload;row.replaceChildren(button(say.close,close));if(!pending)row.prepend(button(say.again,()=>location.reload()))};const choose=()=>{if(more.hidden){more.hidden=false;third.textContent=say.save;return}
act(said=>p.decide(Object.fromEntries(boxes.map(([id,input])=>[id,input.checked])),said))};const third=button(choosing?say.save:say.choose,choose);const title=make("h2",{id:"title",tabIndex:-1},notice.title);const region=make("section",{lang:notice.language,onkeydown:({key})=>void(key==="Escape"&&choosing&&close())},title,first,gpc?make("p",{},say.gpc):"",more,status,row);row.append(button(say.accept,()=>act(p.acceptAll)),button(say.reject,()=>act(p.rejectAll)),third);if(choosing)row.append(button(say.close,close));region.setAttribute("aria-labelledby","title");region.dataset.position=position||"bottom";host=apart(region);
document.body.prepend(host);if(choosing)title.focus()}}
const NAME="privacy_choices";let memory;
function load(){if(memory)return memory;try{const kept=JSON.parse(localStorage.getItem(NAME));return Object(kept)===kept?kept:{}}catch{return{}}}
function save(kept){memory=undefined;try{localStorage.setItem(NAME,JSON.stringify(kept))}catch{memory=kept;try{localStorage.removeItem(NAME)}catch{}}}
function adopt(kept){if(memory)memory=kept}
function random(){return[...crypto.getRandomValues(new Uint8Array(16))].map(byte=>byte.toString(16).padStart(2,"0")).join("").replace(/^(.{8})(.{4})(.{4})(.{4})/,"$1-$2-$3-$4-")}
const each=(names,value)=>Object.fromEntries(names.map(name=>[name,value]));const FRESH=600_000;
const FINAL=[400,404,413,415,422];
function decisions(api,notice,changed){const gpc=navigator.globalPrivacyControl===true;const failures=new Map();let told,draining,timer;let tries=0;function update(change){const kept=load();change(kept);save(kept);changed(kept)}
async function request(path,body,key=random()){const answer=await fetch(api + path,{...(body&&{method:"POST",headers:{"Content-Type":"application/json","Idempotency-Key":key},body:JSON.stringify(body),keepalive:true}),signal:AbortSignal.timeout(10_000)});const problem=await answer.json();if(answer.ok)return problem;const wait=answer.headers.get("Retry-After")*1_000;throw Object.assign(new Error(problem.detail),{status:answer.status,problem,wait})}
async function words(){
const language=encodeURIComponent(document.documentElement.lang);told||=await request(`/v1/notices/${notice}?language=${language}`);const purposes=told.purposes.filter(({subject})=>subject==="browser");return{...told,purposes}}
function asking({queue,state,skew=0}){if(queue?.length)return null;if(!state?.decided_at)return "none";if(Date.now()+ skew>=Date.parse(state.expires_at))return "expired";return state.renewal?.needed?state.renewal.reason:null}
function granted(kept){const usable=kept.state&&kept.gpc===gpc&&asking(kept)!=="expired";return usable?kept.state:{choices:{}}}
function refuse(state,{all,choices=all===false?state.choices:{}}){const refused=Object.keys(choices).filter(id=>!(all??choices[id]));for(const id of refused)state.choices[id]=false;
if(refused.length)delete state.signals}
function take(kept,answer){const{consent_id:id}=answer;const queue=kept.queue||[];Object.assign(kept,{id,gpc,queue,at:Date.now(),state:answer});for(const item of queue)refuse(answer,item)}
const covers=(item,{act,body,choices})=>!act&&!body&&(item.all!==undefined||(choices&&item.choices&&Object.keys(choices).every(id=>id in item.choices)));
function decide(made){const item={key:random(),version:told?.policy_version,language:document.documentElement.lang||undefined,page:location.href.split(/[?#]/)[0],...made};update(kept=>{kept.queue=[...(kept.queue||[]).filter(waiting=>!covers(item,waiting)),item];if(kept.state)refuse(kept.state,item)});return Promise.race([send(),new Promise((_,reject)=>failures.set(item.key,reject))])}
const drop=(kept,key)=>(kept.queue=kept.queue.filter(item=>item.key!==key));function send(){clearTimeout(timer);return(draining||=drain().finally(()=>(draining=undefined)))}
async function drain(){for(let item;(item=load().queue?.[0]);){const again=item.body;try{item=again?item:await compose(item);const answer=await request(item.path,item.body,item.key);tries=0;update(kept=>settle(kept,item,answer,again))}catch(fault){if(!FINAL.includes(fault.status)){timer=setTimeout(send,Math.max(fault.wait||0,Math.min(2_000*2**tries++,300_000)));return}
update(kept=>{drop(kept,item.key);if(fault.status!==404)return;
delete kept.id;delete kept.state;if(!item.act)kept.queue.unshift({...item,key:random(),body:undefined})});failures.get(item.key)?.(fault)}}
if(load().at===0)await read()}
async function compose(item){const{id}=load();const{language,page,shown}=item;const made={...item,path:`/v1/consents/${id}/${item.act}`,body:{purposes:item.purposes,language,page,shown}};let names;if(!item.act||!id){const{purposes,policy_version,cookies}=await words();const all=each(purposes.map(({id:purpose})=>purpose),item.all);made.flagged=purposes.filter(purpose=>purpose.gpc).map(purpose=>purpose.id);made.path="/v1/consents";made.body={consent_id:id,policy_version:item.version||policy_version,notice_id:notice,choices:item.choices||all,method:item.method,gpc_override:item.override,language,page,shown};names={};for(const{name,party,purpose}of cookies){if(party==="first"&&purpose in all)(names[purpose]||=[]).push(name)}}
const kept=load();if(names)kept.cookies=names;kept.queue=kept.queue.map(waiting=>(waiting.key===item.key?made:waiting));save(kept);return made}
function settle(kept,{key,flagged=[],override},answer,again){drop(kept,key);if(again){
kept.state||={...answer,choices:{},signals:undefined};Object.assign(kept,{id:answer.consent_id,gpc,at:0})}else{kept.skew=Date.parse(answer.decided_at)- Date.now();take(kept,answer)}
const unheard=gpc&&!override&&!(answer.gpc?.signal??answer.gpc);const asked=flagged.filter(id=>unheard&&answer.choices[id]);if(asked.length){const item={key:random(),method:"choose",choices:each(asked,false)};kept.queue.push(item);refuse(kept.state,item)}}
async function read(){const{id,queue}=load();if(!id||queue?.length)return;const before=JSON.stringify(load().state);try{const answer=await request(`/v1/consents/${id}`);update(kept=>{
if(!kept.queue?.length&&JSON.stringify(kept.state)===before)take(kept,answer)})}catch(fault){if(fault.status===404)
update(kept=>["id","state"].forEach(name=>delete kept[name]))}}
return{asking,decide,granted,request,words,
async refresh(){const{at=0,gpc:heard,queue}=load();const age=Date.now()- at;if(queue?.length)await send();else if(!(age>=0&&age<FRESH)||heard!==gpc)await read()},
outdated:()=>update(kept=>(kept.at=0))}}
const HELD='[data-purpose]:is(script[type="text/plain"],[data-src]:not(script))';
const ran=new Set();const purposes=element=>element.dataset.purpose.split(/\s+/).filter(Boolean);let releasing=Promise.resolve();
function gate(allowed,placeholder){const open=element=>purposes(element).every(allowed);for(const element of document.querySelectorAll(HELD)){if(element.localName==="script"){
releasing=releasing.then(()=>element.isConnected&&open(element)&&run(element))}else if(open(element)){show(element)}else{hide(element,placeholder)}}}
function run(held){const script=document.createElement("script");for(const{name,value}of held.attributes){if(!/^(type|data-src|data-type)$/.test(name))script.setAttribute(name,value)}
script.type=held.dataset.type||"";script.nonce=held.nonce;purposes(held).forEach(purpose=>ran.add(purpose));const source=held.dataset.src;if(!source)script.text=held.text;else script.src=source;held.replaceWith(script);if(source&&!held.hasAttribute("async")){return new Promise(done=>(script.onload=script.onerror=done))}}
function show(element){const{src}=element.dataset;if(element.getAttribute("src")===src)return;element.src=src;element.hidden=false;element.placeholder?.remove()}
function hide(element,placeholder){if(element.hasAttribute("src")){
const empty=element.cloneNode();empty.removeAttribute("src");element.replaceWith(empty);element=empty}
if(element.localName!=="iframe"||element.placeholder?.isConnected)return;element.hidden=true;element.placeholder=placeholder(element,purposes(element));element.before(element.placeholder)}
function watch(act){new MutationObserver(changes=>{const entered=changes.flatMap(({addedNodes})=>[...addedNodes]);if(entered.some(node=>node.matches?.(HELD)||node.querySelector?.(HELD)))act()}).observe(document,{childList:true,subtree:true})}
function sweep(names){const ours=name=>names.some(pattern=>{const[start,end]=pattern.split("*");return end===undefined?name===start:name.startsWith(start)&&name.endsWith(end)});const labels=location.hostname.split(".");const domains=["",...labels.map((_,place)=>`;domain=${labels.slice(place).join(".")}`)];const folders=location.pathname.split("/");const paths=["/",...folders.map((_,place)=>folders.slice(0,place + 1).join("/"))];for(const name of document.cookie.split("; ").map(cookie=>cookie.split("=")[0])){if(!ours(name))continue;for(const domain of domains){for(const path of paths)document.cookie=`${name}=;max-age=0;path=${path}${domain}`}}
for(const storage of["localStorage","sessionStorage"]){try{Object.keys(window[storage]).filter(ours).forEach(name=>window[storage].removeItem(name))}catch{}}}
const denied=(...keys)=>each(keys,"denied");const DENIED={google:denied("ad_storage","ad_user_data","ad_personalization","analytics_storage","functionality_storage","personalization_storage","security_storage"),clarity:denied("ad_Storage","analytics_Storage"),uet:denied("ad_storage")};
function google(){if(window.gtag)window.gtag(...arguments);else(window.dataLayer||=[]).push(arguments)}
function clarity(){window.clarity||=function(){(window.clarity.q||=[]).push(arguments)};window.clarity(...arguments)}
function uet(...words){(window.uetq||=[]).push(...words)}
let told;
function denySignals(){google("consent","default",{...DENIED.google,wait_for_update:500});uet("consent","default",DENIED.uet);clarity("consentv2",DENIED.clarity);told=JSON.stringify(DENIED)}
function tellSignals(signals){const now={google:{...DENIED.google,...signals?.google},clarity:{...DENIED.clarity,...signals?.clarity},uet:{...DENIED.uet,...signals?.uet}};if(told===(told=JSON.stringify(now)))return;google("consent","update",now.google);uet("consent","update",now.uet);clarity("consentv2",now.clarity)}
const VISIT="visit_id";
const IDLE=1_800_000;
function visits(post,now){let page,since;function leave(){if(!page)return;page.engaged_ms +=since?Math.round(performance.now()- since):0;since=0;const{url,engaged_ms,content,at}=page;const visit=current(url);post({visit_id:visit.id,device_type:device(),entry:visit.entry,pages:[{url,at,engaged_ms,content}]});page=undefined}
function current(url){let visit;try{visit=JSON.parse(sessionStorage.getItem(VISIT))}catch{}
if(!visit||!(now()- visit.at<IDLE))visit={id:random(),entry:url};visit.at=now();try{sessionStorage.setItem(VISIT,JSON.stringify(visit))}catch{}
return visit}
function begin(content){page={url:location.href.split("#")[0],at:new Date(now()).toISOString(),engaged_ms:0,content};since=document.hidden?0:performance.now()}
let content;let watching=false;document.addEventListener("visibilitychange",()=>{if(!watching)return;if(document.hidden)leave();else begin(content)});return(about)=>{leave();content=about?.content;watching=true;begin(content)}}
function device(){const{userAgent}=navigator;if(/iPad|Tablet|Android(?!.*Mobile)/.test(userAgent))return "tablet";return /Mobi/.test(userAgent)?"mobile":"desktop"}
const WORDS={en:{accept:"Accept all",reject:"Decline all",choose:"Read more and choose",save:"Save my choices",close:"Close",gpc:"Your browser asks not to be tracked (Global Privacy Control), so what it concerns stays off unless you switch it on here.",waiting:"Not stored yet. Nothing is switched on until it is.",reload:"Switched off. What already ran on this page stops with a reload.",again:"Reload",held:"From {host}. Off until you allow: {title}.",allow:"Allow"},de:{accept:"Alle annehmen",reject:"Alle ablehnen",choose:"Mehr lesen und auswählen",save:"Auswahl speichern",close:"Schließen",gpc:"Ihr Browser möchte nicht verfolgt werden (Global Privacy Control). Was es betrifft, bleibt aus, wenn Sie es nicht hier einschalten.",waiting:"Noch nicht gespeichert. Bis dahin wird nichts eingeschaltet.",reload:"Ausgeschaltet. Was auf dieser Seite schon lief, endet mit dem Neuladen.",again:"Neu laden",held:"Von {host}. Aus, bis Sie es erlauben: {title}.",allow:"Erlauben"}};
function words(own){const language=document.documentElement.lang.split("-")[0];return{...(WORDS[language]||WORDS.en),...own}}
const PATIENCE=3_000;
function privacy(options){return(window.privacyStarted||=begin(options))}
async function begin({api,notice="cookie_banner",...options}){const base=api.replace(/\/+$/,"");const say=words(options.words);const listeners=new Set();const decided=decisions(base,notice,kept=>{apply();channel?.postMessage(kept)});let seen,state,channel,open;if(options.signals!==false)denySignals();
function apply(){const kept=load();const{choices,signals}=decided.granted(kept);const next={...kept.state,choices,asking:decided.asking(kept),pending:Boolean(kept.queue?.length),reload:[...ran].filter(purpose=>!choices[purpose])};if(seen!==(seen=JSON.stringify(next))){state=Object.freeze(next);if(options.signals!==false)tellSignals(signals);const names=Object.entries(kept.cookies||{});const wanted=names.flatMap(([purpose,held])=>(allowed(purpose)?held:[]));sweep(names.flatMap(([,held])=>held).filter(name=>!wanted.includes(name)));listeners.forEach(listener=>listener(state))}
gate(allowed,held)}
const allowed=purpose=>state?.choices[purpose]===true;
function held(frame,purposes){const{host}=new URL(frame.dataset.src,location);const gpc=navigator.globalPrivacyControl===true;const made=placeholder(say.allow,()=>p.decide(each(purposes,true),{gpc_override:gpc}));const tell=known=>{const titles=purposes.map(id=>known.find(one=>one.id===id)?.title||id).join(", ");made.text.textContent=say.held.replace("{host}",host).replace("{title}",titles)+(gpc?` ${say.gpc}`:"")};tell([]);decided.words().then(shown=>tell(shown.purposes),()=>{});return made}
const decide=async(item)=>{await decided.decide(item);return state};const p={api:base,state:()=>state,allowed,needsAsking:()=>state.asking,notice:decided.words,decide:(choices,{method="choose",gpc_override:override,shown}={})=>decide({choices,method,override,shown}),acceptAll:({shown}={})=>decide({shown,all:true,method:"accept_all"}),rejectAll:({shown}={})=>decide({shown,all:false,method:"reject_all"}),withdraw:(purposes,{shown}={})=>decide({shown,act:"withdrawal",purposes,choices:purposes&&each(purposes,false),all:purposes?undefined:false,method:purposes?"choose":"reject_all"}),object:async(purposes,{shown}={})=>{
if(state.asking==="none")await decide({shown,all:false,method:"choose"});return decide({shown,act:"objection",purposes,choices:purposes&&each(purposes,false)})},onChange(listener){listeners.add(listener);return()=>listeners.delete(listener)},visit:visits(part=>allowed("analytics")&&navigator.sendBeacon(`${base}/v1/visits`,JSON.stringify({consent_id:load().id,...part})),()=>Date.now()+(load().skew||0)),async link(token,path="/v1/preferences/session"){const answer=await decided.request(path,{token,consent_id:load().id});decided.outdated();await decided.refresh();return answer},ask:()=>open?.(true)};
if(document.prerendering){await new Promise(shown=>document.addEventListener("prerenderingchange",shown,{once:true}))}
const listen=()=>{channel=new BroadcastChannel("privacy_choices");channel.onmessage=({data})=>{adopt(data);apply()}};listen();addEventListener("storage",apply);addEventListener("online",decided.refresh);
addEventListener("pagehide",()=>channel.close());addEventListener("pageshow",({persisted})=>{if(!persisted)return;listen();apply();decided.refresh()});document.addEventListener("visibilitychange",()=>document.hidden||decided.refresh());document.addEventListener("click",event=>{const link=event.target.closest?.("a[href]");if(!link?.href.startsWith(`${base}/`))return;if(open&&link.hasAttribute("data-privacy-choices")){event.preventDefault();open(true)}else if(load().id&&!link.hash){
link.hash=`consent_id=${load().id}`;decided.outdated()}});await Promise.race([decided.refresh(),new Promise(late=>setTimeout(late,PATIENCE))]);apply();watch(()=>gate(allowed,held));if(options.banner){open=banner(p,say,options.position);const asked=()=>p.needsAsking()&&open().catch(()=>{});
if(document.body)asked();else addEventListener("DOMContentLoaded",asked)}
return p}
window.privacy=privacy;const tag=document.currentScript;if(tag?.src){const{api,notice,banner,position,signals}=tag.dataset;privacy({api:api||new URL(".",tag.src).href,notice,banner:banner!==undefined,position,signals:signals!=="off"})}
})();
