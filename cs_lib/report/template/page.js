(function(){
// On paper the foldouts are open.
var shut=[];
addEventListener("beforeprint",function(){document.querySelectorAll("details.fold:not([open])").forEach(function(d){d.open=true;shut.push(d)})});
addEventListener("afterprint",function(){shut.forEach(function(d){d.open=false});shut=[]});
// Among earlier runs a page lies one folder deeper than where it is the latest.
if(/\/runs\/(?!latest\/)[^\/]+\/[^\/]*$/.test(location.pathname))document.querySelectorAll('a[href^="../../"]').forEach(function(a){a.setAttribute("href","../"+a.getAttribute("href"))});
// A figure as a picture: title, drawing and caption on white, at twice the size. Nothing leaves the page.
var EDGE=24,TWICE=2,font=getComputedStyle(document.body).fontFamily;
function lines(pen,text,width){
  var all=[],line="";
  (text.match(/[\u2e80-\u9fff\uff00-\uffef]|[^\s\u2e80-\u9fff\uff00-\uffef]+|\s+/g)||[]).forEach(function(word){
    if(line.trim()&&pen.measureText(line+word).width>width){all.push(line.trim());line=""}
    line+=word});
  return all.concat(line.trim()||[])}
function drawing(figure){
  var shown=[].find.call(figure.querySelectorAll("svg"),function(s){return s.getBoundingClientRect().width>0});
  var svg=shown.cloneNode(true),box=shown.viewBox.baseVal;
  svg.setAttribute("xmlns","http://www.w3.org/2000/svg");
  svg.setAttribute("viewBox",[-EDGE,0,box.width+2*EDGE,box.height].join(" "));
  svg.setAttribute("width",TWICE*(box.width+2*EDGE));svg.setAttribute("height",TWICE*box.height);
  svg.setAttribute("font-family",font);svg.style.overflow="visible";
  // Where the page has variables for light and dark, the picture has the light colours.
  var text=new XMLSerializer().serializeToString(svg).replace(/var\(--\w+,\s*(#\w+)\)/g,"$1");
  return{url:"data:image/svg+xml;charset=utf-8,"+encodeURIComponent(text),width:box.width+2*EDGE,height:box.height}}
function save(figure){
  var drawn=drawing(figure),image=new Image();
  image.onload=function(){
    var canvas=document.createElement("canvas"),pen=canvas.getContext("2d"),room=drawn.width-2*EDGE,bold="600 17px "+font,small="14px "+font;
    pen.font=bold;var title=lines(pen,figure.querySelector("h3").textContent,room);
    pen.font=small;var caption=lines(pen,figure.querySelector("figcaption span").textContent,room);
    var top=EDGE+title.length*24,bottom=top+drawn.height+8;
    canvas.width=TWICE*drawn.width;canvas.height=TWICE*(bottom+caption.length*21+EDGE);
    pen.fillStyle="#fff";pen.fillRect(0,0,canvas.width,canvas.height);
    pen.scale(TWICE,TWICE);pen.drawImage(image,0,top,drawn.width,drawn.height);
    pen.fillStyle="#1b1f24";pen.font=bold;title.forEach(function(t,i){pen.fillText(t,EDGE,EDGE+14+i*24)});
    pen.fillStyle="#57606a";pen.font=small;caption.forEach(function(t,i){pen.fillText(t,EDGE,bottom+14+i*21)});
    var link=document.createElement("a");
    link.download=figure.id+".png";link.href=canvas.toDataURL("image/png");link.click()};
  image.src=drawn.url}
document.querySelectorAll("button.picture").forEach(function(button){
  button.hidden=false;button.addEventListener("click",function(){save(button.closest("figure"))})});
})();
